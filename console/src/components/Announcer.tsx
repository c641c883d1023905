// Tells screen readers of new messages. The list of messages is no live region: some readers would read it again whole.
import { effect, signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { Chat, ChatId, State } from "../state/model"
import { timeNow } from "../state/clock"
import { opened } from "../state/pane"
import { choice } from "../state/settings"
import { state } from "../state/store"
import { t } from "../text"
import { plain } from "../text/markdown"

// Messages of other chats that come within this time are told together.
const JOINED_MS = 2_000

// More messages of the open chat at once are only counted: somebody was away.
const MOST_READ_OUT = 3

/** What is being told. Each time a new list, so that the same words twice are told twice. */
const lines = signal<readonly string[]>([])

export function Announcer() {
  useEffect(() => follow(), [])
  return (
    <div class="unseen announcer" role="status">
      {lines.value.map((line, index) => (
        <p key={`${index} ${line}`}>{line}</p>
      ))}
    </div>
  )
}

/** Tells what comes, until the returned function is called. What is there already, or is paged in, is not told. */
function follow(): () => void {
  let before: State | null = state.peek()
  const counts = new Map<ChatId, number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function tellOthers() {
    const now = state.peek()
    const told = [...counts].map(([chatId, count]) => t("messages.newIn", { count, chat: nameIn(now, chatId) }))
    counts.clear()
    timer = undefined
    lines.value = told
  }
  const stop = effect(() => {
    const now = state.value
    if (before && now && before.chats !== now.chats && choice("announces") === "on") {
      for (const [chatId, chat] of now.chats) {
        const last = before.chats.get(chatId)
        if (!last || last === chat || chat.summary.lastNumber <= last.summary.lastNumber) continue
        if (opened.peek()?.chatId === chatId) lines.value = newIn(chat, last.summary.lastNumber, now.me.userId)
        else count(chat, last)
      }
    }
    before = now
  })

  function count({ summary }: Chat, last: Chat) {
    const came = summary.unreadCount - last.summary.unreadCount
    if (came <= 0 || !isWanted(summary, summary.mentionCount > last.summary.mentionCount)) return
    counts.set(summary.chatId, (counts.get(summary.chatId) ?? 0) + came)
    timer ??= setTimeout(tellOthers, JOINED_MS)
  }
  return () => {
    stop()
    clearTimeout(timer)
  }
}

/** What others wrote in the open chat since a message: "Ada Young: Good morning". */
function newIn({ summary, stretch }: Chat, since: number, me: string): readonly string[] {
  const held = stretch?.messages.filter(({ number }) => number > since) ?? []
  const came = held.length > 0 ? held : summary.lastMessage ? [summary.lastMessage] : []
  const told = came.filter((message) => message.senderUserId !== me && !message.isDeleted)
  if (told.length > MOST_READ_OUT)
    return [t("messages.newIn", { count: told.length, chat: nameIn(state.peek(), summary.chatId) })]
  return told.map((message) =>
    t("messages.said", { name: message.senderName ?? "", text: plain(message.text ?? "") || t("messages.file") }),
  )
}

/** Whether the person wants to hear of a chat that is not open. */
function isWanted({ level, mutedUntil, isArchivedForMe }: Chat["summary"], isMention: boolean): boolean {
  if (isArchivedForMe || (mutedUntil && new Date(mutedUntil).getTime() > timeNow())) return false
  return level === "everything" || (level === "mentions" && isMention)
}

function nameIn(now: State | null, chatId: ChatId): string {
  const summary = now?.chats.get(chatId)?.summary
  if (!summary) return ""
  const others = summary.members.filter(({ userId }) => userId !== now?.me.userId).map(({ name }) => name)
  return summary.chatName || others.join(", ")
}
