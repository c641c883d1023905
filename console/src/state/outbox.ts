// Messages that wait to be sent (see `delivery.ts`). They are kept in the browser (see `keeping.ts`), and so survive reloads
// and closed laptops. Each keeps its id from the start. All tabs of a person show the same.
import { batch, signal } from "@preact/signals"
import type { Failure, Told } from "../api/client"
import { timeNow } from "./clock"
import { change } from "./database"
import { clearDraft } from "./drafts"
import { newId } from "./ids"
import { keepMessage, keptMessages, keyOf, leftMessages, removeMessage } from "./keeping"
import type { ChatId, UserId } from "./model"
import { state } from "./store"
import { hear, tell } from "./tabs"
import { cancelUpload, forgetUploads, giveBackUploads, takeUploads } from "./uploads"

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
let whenWaiting: (chatId: ChatId) => void = () => {}

/** Who hears that a chat has messages to be sent. */
export function whenWritten(listener: (chatId: ChatId) => void): void {
  whenWaiting = listener
}

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
  void kept(message).then(() => whenWaiting(message.chatId))
  return message.chatMessageId
}

/** Tries a refused message again. It goes to the end of what waits in its chat. */
export function retry(chatMessageId: string): void {
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return
  lastWritten = Math.max(timeNow(), lastWritten + 1)
  const again: Waiting = { ...message, status: "waiting", failure: null, written: lastWritten }
  waiting.value = [...waiting.value.filter((each) => each !== message), again]
  void kept(again).then(() => whenWaiting(again.chatId))
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
  for (const chatId of new Set(waiting.value.map((each) => each.chatId))) whenWaiting(chatId)
}

/** Shows nothing any more. What waits is kept until its writer signs in again. */
export function closeOutbox(): void {
  owner = null
  waiting.value = []
}

hear("outbox", () => void reload())

/** Keeps a message. If the browser cannot do so, it is in this tab only. */
async function kept(message: Waiting): Promise<void> {
  onlyHere.add(message.chatMessageId)
  if (await keepMessage(message)) onlyHere.delete(message.chatMessageId)
  tell({ kind: "outbox", chatId: message.chatId })
}

/** It waits no more. */
export function drop(message: Waiting): void {
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
export async function reload(): Promise<void> {
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

/** Whether the outbox shows what this person wrote. */
export function isOwner(userId: UserId): boolean {
  return owner === userId
}

/** The next message of a chat that can be sent. */
export function nextOf(chatId: ChatId): Waiting | undefined {
  return waiting.value.find((each) => each.chatId === chatId && each.status === "waiting")
}

/** This tab begins to send a message. */
export function begin(message: Waiting): void {
  going.add(message.chatMessageId)
  replace({ ...message, status: "sending" })
}

/** This tab does not send it any more, whatever became of it. */
export function end({ chatMessageId }: Waiting): void {
  going.delete(chatMessageId)
}

/** It waits again, as it did before. */
export function waitAgain(message: Waiting): void {
  replace(message)
}

/** It was sent, and stays in sight until its event comes. */
export async function stay(message: Waiting): Promise<void> {
  onlyHere.add(message.chatMessageId)
  unheard.add(message.chatMessageId)
  await dropKept(message)
}

/** It steps aside. */
export function refuse(message: Waiting, failure: Failure): void {
  const failed: Waiting = { ...message, status: "failed", failure: failure.told }
  replace(failed)
  void change<Waiting>("messages", keyOf(message), () => failed).catch(() => {})
}
