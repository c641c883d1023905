// Messages that wait to be sent. Each keeps its id at every try, so that none is sent twice.
//
// They are kept in the browser (see `keeping.ts`), and so survive reloads and closed laptops. The messages of a chat are
// sent one after another, in the order in which they were written, and by one tab at a time. While the server cannot be
// reached all later ones of the chat wait too. A message that the server refuses is different: it would be refused again,
// and its writer sees why. It steps aside, and those behind it are sent, as the writer wrote them knowing nothing of this.
import { batch, effect, signal } from "@preact/signals"
import { FindMessages, type Message, SendMessage } from "../api/dtos"
import { call, Failure, type Told } from "../api/client"
import { timeNow } from "./clock"
import { connection, pauseBefore } from "./connection"
import { change, isPerson } from "./database"
import { clearDraft } from "./drafts"
import { newId } from "./ids"
import { keepMessage, keptMessages, keyOf, leftMessages, removeMessage } from "./keeping"
import { withAnswer } from "./messages"
import type { ChatId, UserId } from "./model"
import { withChat } from "./reducer"
import { state, update } from "./store"
import { alone, hear, PERSON, tell, together } from "./tabs"
import {
  cancelUpload,
  forgetUploads,
  giveBackUploads,
  takeUploads,
  uploadAgain,
  uploadedFor,
  whenUploaded,
} from "./uploads"

export interface Waiting {
  readonly chatMessageId: string
  readonly chatId: ChatId
  /** Whose message it is. */
  readonly userId: UserId
  readonly text: string
  readonly replyToMessageId?: string
  readonly mentionedUserIds: readonly string[]
  readonly mentionsEverybody: boolean
  /** Files that the server has already. */
  readonly attachmentIds: readonly string[]
  /** Files that are sent before it (see `uploads.ts`). */
  readonly uploadIds: readonly string[]
  /** When it was written, in milliseconds since 1970. Later ones have a greater number. */
  readonly written: number
  readonly status: "waiting" | "sending" | "failed"
  /** Why it was refused. Null unless its status is `failed`. */
  readonly failure: Told | null
}

/** All waiting messages of whoever is signed in, oldest first. */
export const waiting = signal<readonly Waiting[]>([])

export type Written = Pick<Waiting, "chatId" | "text"> &
  Partial<Pick<Waiting, "replyToMessageId" | "mentionedUserIds" | "mentionsEverybody" | "attachmentIds" | "uploadIds">>

let owner: UserId | null = null
let lastWritten = 0

/** Puts a message into the outbox, and sends it as soon as that is possible. Returns its id. */
export function send(written: Written): string {
  // The page is shown a moment before its outbox is opened.
  const userId = owner ?? state.peek()?.me.userId
  if (!userId) throw new Error("Nobody is signed in.")
  lastWritten = Math.max(timeNow(), lastWritten + 1)
  const message: Waiting = {
    mentionedUserIds: [],
    mentionsEverybody: false,
    attachmentIds: [],
    uploadIds: [],
    ...written,
    chatMessageId: newId(),
    userId,
    written: lastWritten,
    status: "waiting",
    failure: null,
  }
  batch(() => {
    waiting.value = [...waiting.value, message]
    clearDraft(message.chatId)
    takeUploads(message.uploadIds)
  })
  void kept(message).then(() => deliverAll(message.chatId))
  return message.chatMessageId
}

/** Tries a refused message again. It goes to the end of what waits in its chat. */
export function retry(chatMessageId: string): void {
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return
  lastWritten = Math.max(timeNow(), lastWritten + 1)
  const again: Waiting = { ...message, status: "waiting", failure: null, written: lastWritten }
  waiting.value = [...waiting.value.filter((each) => each !== message), again]
  void kept(again).then(() => deliverAll(again.chatId))
}

/** Gives up a message, and its files. */
export function discard(chatMessageId: string): void {
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return
  drop(message)
  for (const uploadId of message.uploadIds) void cancelUpload(uploadId)
}

/** Takes a message out of the outbox, to write it anew. Its files go back to the composer of its chat. */
export function takeBack(chatMessageId: string): Waiting | null {
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return null
  drop(message)
  void giveBackUploads(message.uploadIds)
  return message
}

/** The message came by the stream: it waits no more. Called in the batch that puts it into the chat. */
export function arrived(chatMessageId: string): void {
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return
  drop(message)
  void forgetUploads(message.uploadIds)
}

/** After a gap: messages that the server has answered wait no more, since their events may be among those missed. */
export function arrivedUnheard(): void {
  for (const chatMessageId of unheard) arrived(chatMessageId)
  unheard.clear()
}

/** Shows the outbox of a person, and begins to send what is in it. */
export async function openOutbox(userId: UserId): Promise<void> {
  owner = userId
  await keepLeft(userId)
  await reload()
  for (const chatId of new Set(waiting.value.map((each) => each.chatId))) void deliverAll(chatId)
}

/** Shows nothing any more. What waits is kept until its writer signs in again. */
export function closeOutbox(): void {
  owner = null
  waiting.value = []
}

hear("outbox", () => void reload())
whenUploaded((chatId) => void deliverAll(chatId))
effect(() => {
  if (connection.value === "live") for (const { chatId } of waiting.peek()) void deliverAll(chatId)
})

/** Keeps a message. If the browser cannot do so, it is in this tab only. */
async function kept(message: Waiting): Promise<void> {
  onlyHere.add(message.chatMessageId)
  if (await keepMessage(message)) onlyHere.delete(message.chatMessageId)
  tell({ kind: "outbox", chatId: message.chatId })
}

function drop(message: Waiting): void {
  onlyHere.delete(message.chatMessageId)
  unheard.delete(message.chatMessageId)
  waiting.value = waiting.value.filter((each) => each.chatMessageId !== message.chatMessageId)
  void dropKept(message)
}

async function dropKept(message: Waiting): Promise<void> {
  await removeMessage(message)
  tell({ kind: "outbox", chatId: message.chatId })
}

/** Messages of this tab that are not kept: not yet, or not any more. */
const onlyHere = new Set<string>()

/** Messages that the server has answered, and that stay in sight until their events come. */
const unheard = new Set<string>()

/** Keeps the messages of pages that were left before they had done so. */
async function keepLeft(userId: UserId): Promise<void> {
  const left = (await leftMessages<Waiting>(userId)).filter((each) => !waiting.peek().some(sameAs(each)))
  waiting.value = [...left, ...waiting.peek()]
  for (const message of left) {
    takeUploads(message.uploadIds)
    await kept(message)
  }
}

/** Takes over what other tabs changed. What this tab is sending stays as it is. */
async function reload(): Promise<void> {
  const whose = owner
  if (whose === null) return
  const found = await keptMessages<Waiting>(whose)
  if (!found || owner !== whose) return
  const mine = waiting.peek()
  const ids = new Set(found.map((each) => each.chatMessageId))
  const messages = found.map((each) => (going.has(each.chatMessageId) ? (mine.find(sameAs(each)) ?? each) : each))
  const others = mine.filter((each) => onlyHere.has(each.chatMessageId) && !ids.has(each.chatMessageId))
  waiting.value = [...messages, ...others].sort((one, other) => one.written - other.written)
  // The clock may go back, or belong to another tab. What is written next still comes last.
  lastWritten = Math.max(lastWritten, waiting.value.at(-1)?.written ?? 0)
}

function sameAs({ chatMessageId }: Waiting) {
  return (each: Waiting) => each.chatMessageId === chatMessageId
}

function replace(message: Waiting): void {
  waiting.value = waiting.value.map((each) => (sameAs(message)(each) ? message : each))
}

/** The messages that this tab is sending. */
const going = new Set<string>()

/** Chats whose messages this tab sends, and whether it shall look once more when it is done. */
const delivering = new Map<ChatId, boolean>()
const failedTries = new Map<ChatId, number>()

async function deliverAll(chatId: ChatId): Promise<void> {
  const isGoing = delivering.has(chatId)
  delivering.set(chatId, true)
  if (isGoing) return
  try {
    while (delivering.get(chatId)) {
      delivering.set(chatId, false)
      await alone(`parlour-outbox/${chatId}`, async () => {
        await reload()
        for (let next = nextOf(chatId); next; next = nextOf(chatId)) if (!(await deliver(next))) return
      })
    }
  } finally {
    // Whatever goes wrong, the chat must not seem to be busy for ever.
    delivering.delete(chatId)
  }
}

function nextOf(chatId: ChatId): Waiting | undefined {
  return waiting.value.find((each) => each.chatId === chatId && each.status === "waiting")
}

/** Sends a message. Returns whether it is out of the way of the next one. */
async function deliver(message: Waiting): Promise<boolean> {
  const uploaded = uploadedFor(message.uploadIds)
  if (uploaded === "waiting") return false
  if (uploaded instanceof Failure) return refused(message, uploaded)
  const attachmentIds = [...message.attachmentIds, ...uploaded]
  if (message.text.trim() === "" && attachmentIds.length === 0) {
    // All of its files were given up.
    drop(message)
    return true
  }
  return together(PERSON, async () => {
    if (owner !== message.userId || !(await isPerson(message.userId))) return false
    return attempt(message, attachmentIds)
  })
}

async function attempt(message: Waiting, attachmentIds: string[]): Promise<boolean> {
  const { chatMessageId, chatId, text, replyToMessageId, mentionsEverybody } = message
  going.add(chatMessageId)
  replace({ ...message, status: "sending" })
  const request = {
    chatMessageId,
    chatId,
    text,
    mentionsEverybody,
    attachmentIds,
    mentionedUserIds: [...message.mentionedUserIds],
  }
  try {
    const { message: sent } = await call(
      new SendMessage({ ...request, ...(replyToMessageId ? { replyToMessageId } : {}) }),
    )
    failedTries.delete(chatId)
    if (sent) await answered(message, sent)
    return true
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure("unavailable", String(error))
    if (failure.details.code === "Conflict" && (await isThere(message))) {
      drop(message)
      return true
    }
    if (lacksFiles(failure) && uploadAgain(message.uploadIds)) {
      replace(message)
      return false
    }
    if (!failure.isPassing && failure.reason !== "signedOut") return refused(message, failure)
    replace(message)
    if (failure.isPassing) later(chatId, failure)
    return false
  } finally {
    going.delete(chatMessageId)
  }
}

/** The answer may be here before the event. Then the message moves into the chat in one step, if it is the next one. */
async function answered(message: Waiting, sent: Message): Promise<void> {
  let isShown = false
  batch(() => {
    update((now) =>
      withChat(now, message.chatId, (chat) => {
        const stretch = chat.stretch && withAnswer(chat.stretch, sent)
        isShown = !stretch || stretch.hasNewer || (stretch.messages.at(-1)?.number ?? 0) >= sent.number
        return stretch === chat.stretch ? chat : { ...chat, stretch }
      }),
    )
    if (isShown) arrived(message.chatMessageId)
  })
  // Otherwise it stays in sight until the event comes, behind those of others.
  if (isShown) return
  onlyHere.add(message.chatMessageId)
  unheard.add(message.chatMessageId)
  await dropKept(message)
}

/** Whether the server does not have the files that a message names. */
function lacksFiles({ details }: Failure): boolean {
  return Object.keys(details.fields ?? {}).some((name) => name.startsWith("AttachmentIds"))
}

function refused(message: Waiting, failure: Failure): true {
  const failed: Waiting = { ...message, status: "failed", failure: failure.told }
  replace(failed)
  void change<Waiting>("messages", keyOf(message), () => failed).catch(() => {})
  return true
}

/** After a lost answer the message may have been edited or deleted already; then its id belongs to another text. */
async function isThere({ chatId, chatMessageId }: Waiting): Promise<boolean> {
  try {
    const { messages } = await call(new FindMessages({ chatId, chatMessageId, direction: "around", take: 1 }))
    return messages.some((each) => each.chatMessageId === chatMessageId)
  } catch {
    return false
  }
}

/** Tries again after a while, and as soon as the connection is back. */
function later(chatId: ChatId, failure: Failure): void {
  const tries = failedTries.get(chatId) ?? 0
  failedTries.set(chatId, tries + 1)
  const again = () => {
    // While offline somebody else may sign in elsewhere. The stream is the first to know, so it comes first.
    if (connection.value === "offline") later(chatId, failure)
    else void deliverAll(chatId)
  }
  setTimeout(again, failure.details.retryAfter ?? pauseBefore(tries))
}
