// Notifications of new messages while a page is open: at once, and without the push service.
//
// One tab of a browser gives them to the service worker, which shows them unless somebody looks at the console.
import { effect } from "@preact/signals"
import type { Message } from "../api/dtos"
import { timeNow } from "../state/clock"
import { leads } from "../state/feed"
import { isMuted } from "../state/listing"
import type { Chat, State } from "../state/model"
import type { Notice } from "../state/notices"
import { hidesText, isOn } from "../state/push"
import { state } from "../state/store"
import { show } from "../state/worker"
import { language, t } from "../text"
import { nameOf } from "./names"

// What came while the device slept is no news.
const NEWS_MS = 60_000

const MOST_LETTERS = 160

/** Shows them from now on. Returns what ends that. */
export function showNotices(): () => void {
  let before: State | null = null
  return effect(() => {
    const now = state.value
    if (before && now && before.me.userId === now.me.userId && isOn.peek() && leads()) {
      for (const { chat, message } of newsIn(before, now, timeNow())) void show(noticeOf(chat, message, now.me.userId))
    }
    before = now
  })
}

/** The newest message of each chat that came with a change, and notifies the person. */
export function newsIn(before: State, now: State, time: number): { chat: Chat; message: Message }[] {
  const found: { chat: Chat; message: Message }[] = []
  if (before.chats === now.chats) return found
  for (const [chatId, chat] of now.chats) {
    const known = before.chats.get(chatId)
    if (known === chat) continue
    const message = chat.summary.lastMessage
    if (!message || message.number <= (known?.summary.lastNumber ?? message.number - 1)) continue
    if (notifies(chat, message, now.me.userId, time)) found.push({ chat, message })
  }
  return found
}

function notifies(chat: Chat, message: Message, me: string, time: number): boolean {
  const { level, isArchivedForMe, readNumber } = chat.summary
  if (message.senderUserId === me || message.number <= readNumber || message.isDeleted) return false
  if (isArchivedForMe || isMuted(chat, time) || new Date(message.dateCreated).getTime() < time - NEWS_MS) return false
  return level !== "mentions" || message.mentionsEverybody || message.mentionedUserIds.includes(me)
}

function noticeOf(chat: Chat, message: Message, me: string): Notice {
  const text = message.text || message.attachments.map(({ fileName }) => fileName).join(", ")
  const said = chat.summary.isDirect ? text : `${message.senderName}: ${text}`
  const { chatId, chatMessageId } = message
  return {
    title: nameOf(chat, me),
    body: hidesText.peek()
      ? t("push.newMessage")
      : said.length > MOST_LETTERS
        ? `${said.slice(0, MOST_LETTERS - 1)}…`
        : said,
    navigate: `/chats/${chatId}/m/${chatMessageId}`,
    tag: chatId,
    lang: language.peek(),
    dir: "auto",
  }
}
