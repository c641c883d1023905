// Sends what waits in the outbox. The messages of a chat are sent one after another, in the order in which they were
// written, and by one tab at a time. Each has the same id at every try, so that none is sent twice.
//
// While the server cannot be reached all later ones of the chat wait too. A message that the server refuses is different:
// it would be refused again, and its writer sees why. It steps aside, and those behind it are sent, as the writer wrote
// them knowing nothing of this.
import { batch, effect } from "@preact/signals"
import { FindMessages, type Message, SendMessage } from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection, pauseBefore } from "./connection"
import { isPerson } from "./database"
import { withAnswer } from "./messages"
import type { ChatId } from "./model"
import {
  arrived,
  begin,
  drop,
  end,
  isOwner,
  nextOf,
  refuse,
  reload,
  stay,
  type Waiting,
  waitAgain,
  waiting,
  whenWritten,
} from "./outbox"
import { withChat } from "./reducer"
import { update } from "./store"
import { alone, PERSON, together } from "./tabs"
import { uploadAgain, uploadedFor, whenUploaded } from "./uploads"

/** Sends whatever waits, from now on. Called once for each page. */
export function startDelivery(): void {
  whenWritten((chatId) => void deliverAll(chatId))
  whenUploaded((chatId) => void deliverAll(chatId))
  effect(() => {
    if (connection.value === "live") for (const { chatId } of waiting.peek()) void deliverAll(chatId)
  })
}

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

/** Sends a message. Returns whether it is out of the way of the next one. */
async function deliver(message: Waiting): Promise<boolean> {
  const uploaded = uploadedFor(message.uploadIds)
  if (uploaded === "waiting") return false
  if (uploaded instanceof Failure) {
    refuse(message, uploaded)
    return true
  }
  const attachmentIds = [...message.attachmentIds, ...uploaded]
  if (message.text.trim() === "" && attachmentIds.length === 0) {
    // All of its files were given up.
    drop(message)
    return true
  }
  return together(PERSON, async () => {
    if (!isOwner(message.userId) || !(await isPerson(message.userId))) return false
    return attempt(message, attachmentIds)
  })
}

async function attempt(message: Waiting, attachmentIds: string[]): Promise<boolean> {
  const { chatMessageId, chatId, text, replyToMessageId, mentionsEverybody } = message
  begin(message)
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
    if (replyToMessageId && lacks(failure, "ReplyToMessageId")) {
      // What it answers was deleted meanwhile. It is sent by itself.
      const { replyToMessageId: _gone, ...rest } = message
      return await attempt(rest, attachmentIds)
    }
    if (lacks(failure, "AttachmentIds") && uploadAgain(message.uploadIds)) {
      waitAgain(message)
      return false
    }
    if (!failure.isPassing && failure.reason !== "signedOut") {
      refuse(message, failure)
      return true
    }
    waitAgain(message)
    if (failure.isPassing) later(chatId, failure)
    return false
  } finally {
    end(message)
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
  if (!isShown) await stay(message)
}

/** Whether the server does not have what a message names in a field. */
function lacks({ details }: Failure, field: string): boolean {
  return Object.keys(details.fields ?? {}).some((name) => name.startsWith(field))
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
