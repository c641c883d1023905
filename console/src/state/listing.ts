// Which chats the list shows, and in which order.
import { computed, signal } from "@preact/signals"
import type { Chat, ChatId } from "./model"
import { favourites } from "./settings"
import { state } from "./store"

export const FILTERS = ["all", "unread", "direct", "archived"] as const
export type Filter = (typeof FILTERS)[number]

export const filter = signal<Filter>("all")

/** Chats that were opened through the filter "unread". They stay while it is on, so that none slips away when read. */
export const kept = signal<ReadonlySet<ChatId>>(new Set())

export const listed = computed(() =>
  listedChats([...(state.value?.chats.values() ?? [])], filter.value, favourites.value, kept.value),
)

/** The chats that pass a filter: favourites first in their own order, then by activity, newest first. */
export function listedChats(
  chats: readonly Chat[],
  filter: Filter,
  favourites: readonly ChatId[],
  kept: ReadonlySet<ChatId> = new Set(),
): readonly Chat[] {
  const places = new Map(favourites.map((chatId, index) => [chatId, index]))
  const place = (chat: Chat) => places.get(chat.summary.chatId) ?? favourites.length
  return chats
    .filter((chat) => passes(chat, filter) || (filter === "unread" && kept.has(chat.summary.chatId)))
    .sort((a, b) => place(a) - place(b) || (a.summary.dateActive < b.summary.dateActive ? 1 : -1))
}

function passes({ summary }: Chat, filter: Filter): boolean {
  const isAway = summary.isArchived || summary.isArchivedForMe
  if (filter === "archived") return isAway
  if (isAway || summary.level === "invisible") return false
  if (filter === "unread") return summary.unreadCount > 0
  return filter === "all" || summary.isDirect
}

/** Whether nothing of a chat shall notify at this time, in ms since 1970. */
export function isMuted({ summary }: Chat, now: number): boolean {
  if (summary.level === "nothing" || summary.level === "invisible") return true
  return summary.mutedUntil !== undefined && new Date(summary.mutedUntil).getTime() > now
}

/** The number for a badge. Source: `badgeCount` of GetUnread. */
export function badgeOf(chats: Iterable<Chat>, now: number): number {
  let count = 0
  for (const chat of chats) {
    if (isMuted(chat, now) || chat.summary.isArchivedForMe) continue
    count += chat.summary.level === "mentions" ? chat.summary.mentionCount : chat.summary.unreadCount
  }
  return count
}

/** The chat after one in a list, or before it. Starts at an end if that one is not in it. */
export function neighbour(
  chats: readonly Chat[],
  from: ChatId | undefined,
  step: 1 | -1,
  isUnreadOnly: boolean,
): Chat | undefined {
  const here = chats.findIndex((chat) => chat.summary.chatId === from)
  const start = here < 0 ? (step === 1 ? -1 : chats.length) : here
  for (let index = start + step; index >= 0 && index < chats.length; index += step) {
    const chat = chats[index]
    if (chat && (!isUnreadOnly || chat.summary.unreadCount > 0)) return chat
  }
  return undefined
}
