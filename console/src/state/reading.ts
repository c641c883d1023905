// What was read: messages count as read if they were on a screen that somebody looks at.
import { signal } from "@preact/signals"
import { MarkRead, MarkUnread, type Message } from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection } from "./connection"
import type { ChatId } from "./model"
import { opened, seenAt } from "./pane"
import { state } from "./store"

const REST_MS = 500

/** The chat that was marked as unread. It stays so until it is left. */
export const heldUnread = signal<ChatId | null>(null)

/** The newest message that was on the screen, and is not marked yet. */
let pending: Message | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** A message is on the screen. It counts as read once somebody looks at the page. */
export function seen(chatId: ChatId, message: Message): void {
  seenAt(chatId, message.number)
  if (heldUnread.value === chatId) return
  if (pending?.chatId === chatId && pending.number >= message.number) return
  pending = message
  markSoon()
}

/** Marks a message and all behind it as unread. What is seen of the chat changes nothing until it is left. */
export async function markUnread(chatId: ChatId, chatMessageId: string): Promise<void> {
  pending = null
  heldUnread.value = chatId
  await call(new MarkUnread({ chatId, chatMessageId }))
}

opened.subscribe((pane) => {
  if (pane?.chatId !== heldUnread.peek()) heldUnread.value = null
  // Whoever leaves a chat within the rest has seen it all the same.
  if (pending && pane?.chatId !== pending.chatId) {
    void markSeen()
    pending = null
  }
})
connection.subscribe((value) => {
  if (value === "live") markSoon()
})
globalThis.addEventListener?.("focus", markSoon)
globalThis.document?.addEventListener("visibilitychange", markSoon)

function isLookedAt(): boolean {
  return document.visibilityState === "visible" && document.hasFocus()
}

function markSoon(): void {
  if (!pending) return
  clearTimeout(timer)
  timer = setTimeout(() => void markSeen(), REST_MS)
}

async function markSeen(): Promise<void> {
  const message = pending
  if (!message || !isLookedAt()) return
  pending = null
  const { chatId, chatMessageId, number } = message
  const summary = state.value?.chats.get(chatId)?.summary
  if (!summary || number <= summary.readNumber) return
  try {
    await call(new MarkRead({ chatId, chatMessageId }))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // Once the connection is back it is marked, if nothing newer was seen since.
    if (error.isPassing && opened.value?.chatId === chatId) pending ??= message
  }
}
