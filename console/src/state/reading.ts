// What was read: messages count as read if they were on a screen that somebody looks at.
import { signal } from "@preact/signals"
import { MarkRead, MarkUnread, type Message } from "../api/dtos"
import { call, Failure } from "../api/client"
import type { ChatId } from "./model"
import { opened, seenAt } from "./pane"
import { state } from "./store"

const REST_MS = 500

/** The chat that was marked as unread. It stays so until it is left. */
export const heldUnread = signal<ChatId | null>(null)

let newest: Message | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** A message is on the screen. It counts as read only while the page is looked at. */
export function seen(chatId: ChatId, message: Message): void {
  seenAt(chatId, message.number, message.chatMessageId)
  if (!isLookedAt() || heldUnread.value === chatId) return
  if (newest && newest.chatId === message.chatId && newest.number >= message.number) return
  newest = message
  clearTimeout(timer)
  timer = setTimeout(() => void markSeen(message), REST_MS)
}

/** Marks a message and all behind it as unread. What is seen of the chat changes nothing until it is left. */
export async function markUnread(chatId: ChatId, chatMessageId: string): Promise<void> {
  clearTimeout(timer)
  newest = null
  heldUnread.value = chatId
  await call(new MarkUnread({ chatId, chatMessageId }))
}

/** Marks a chat as read, or all chats. */
export async function markRead(chatId?: ChatId): Promise<void> {
  if (chatId === undefined || heldUnread.value === chatId) heldUnread.value = null
  await call(new MarkRead(chatId === undefined ? {} : { chatId }))
}

opened.subscribe((pane) => {
  if (pane?.chatId !== heldUnread.peek()) heldUnread.value = null
})

function isLookedAt(): boolean {
  return document.visibilityState === "visible" && document.hasFocus()
}

async function markSeen(message: Message): Promise<void> {
  newest = null
  const { chatId, chatMessageId, number } = message
  const summary = state.value?.chats.get(chatId)?.summary
  if (!summary || number <= summary.readNumber) return
  try {
    await call(new MarkRead({ chatId, chatMessageId }))
  } catch (error) {
    // It is seen again when the view is drawn again, or when the next message comes.
    if (!(error instanceof Failure)) throw error
  }
}
