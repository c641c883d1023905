// The chat that is open: which of its messages are loaded, and from where.
import { signal } from "@preact/signals"
import { FindChatMembers, FindMessages, type FindMessagesResponse } from "../api/dtos"
import { call, Failure } from "../api/client"
import { readChat, readInto, readPins } from "./loading"
import { withMembers } from "./members"
import { joinedWith } from "./messages"
import type { Chat, ChatId, Stretch } from "./model"
import { withChat } from "./reducer"
import { state, update } from "./store"

export interface Opened {
  readonly chatId: ChatId
  /** The number of the message behind the divider. It stays until the chat is left. Null if all was read. */
  readonly firstUnread: number | null
  /** The message to show first. Null for the divider, or else the newest one. */
  readonly target: string | null
  readonly isLoading: boolean
  /** Why its messages could not be read. */
  readonly failure: Failure | null
}

/** Where to open a chat, if not at its first unread message. */
export type Place = { readonly messageId: string } | { readonly date: string } | "newest"

export const opened = signal<Opened | null>(null)

const MESSAGES_A_PAGE = 50
const MOST_A_PAGE = 200
const KEPT_WHEN_LEFT = 50

/** Opens a chat. Its failure is in `opened`. */
export async function openChat(chatId: ChatId, at?: Place): Promise<void> {
  place = at
  const again = opened.value?.chatId === chatId ? opened.value : null
  const target = typeof at === "object" && "messageId" in at ? at.messageId : null
  const mine: Opened = { chatId, firstUnread: again?.firstUnread ?? null, target, isLoading: true, failure: null }
  opened.value = mine
  try {
    if (!state.value?.chats.has(chatId)) await readChat(chatId)
    const chat = state.value?.chats.get(chatId)
    if (opened.value !== mine) return
    if (!chat) return change(chatId, { isLoading: false })
    const firstUnread = again ? again.firstUnread : unreadIn(chat)
    opened.value = { ...mine, firstUnread }
    if (!chat.hasPins) void readPins(chatId).catch(() => {})
    if (!isLoaded(chat, at, firstUnread)) await load(chatId, placeFor(at, firstUnread))
    change(chatId, { isLoading: false })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    change(chatId, { isLoading: false, failure: error })
  }
}

/** Opens the chat again if that failed only because the server could not be reached. */
export function retryFailed(): void {
  if (opened.value?.failure?.isPassing) void openChat(opened.value.chatId, place)
}

/** Leaves a chat. Its newest messages stay, so that it opens at once the next time. */
export function leaveChat(chatId: ChatId): void {
  if (opened.value?.chatId === chatId) opened.value = null
  update((now) =>
    withChat(now, chatId, (chat) => {
      if (!chat.stretch) return chat
      if (chat.stretch.hasNewer) return { ...chat, stretch: null }
      if (chat.stretch.messages.length <= KEPT_WHEN_LEFT) return chat
      return {
        ...chat,
        stretch: { ...chat.stretch, messages: chat.stretch.messages.slice(-KEPT_WHEN_LEFT), hasOlder: true },
      }
    }),
  )
}

export function closePane(): void {
  opened.value = null
}

/** Puts the divider before a message, after the person marked it as unread. */
export function divideAt(chatId: ChatId, firstUnread: number): void {
  change(chatId, { firstUnread })
}

/** Shows the newest messages of a chat. */
export async function showNewest(chatId: ChatId): Promise<void> {
  if (state.value?.chats.get(chatId)?.stretch?.hasNewer !== false) await load(chatId, {})
}

export function loadOlder(chatId: ChatId): Promise<void> {
  return loadMore(chatId, "older")
}

export function loadNewer(chatId: ChatId): Promise<void> {
  return loadMore(chatId, "newer")
}

/** Reads the next page of a chat's members, if there are more. */
export function loadMembers(chatId: ChatId): Promise<void> {
  const going = membersOnTheirWay.get(chatId)
  if (going) return going
  const chat = state.value?.chats.get(chatId)
  if (!chat || chat.hasAllMembers) return Promise.resolve()
  const cursor = chat.members ? cursors.get(chatId) : undefined
  const read = () => call(new FindChatMembers({ chatId, take: MOST_A_PAGE, ...(cursor ? { cursor } : {}) }))
  const loading = readInto(chatId, read, (now, page) => {
    // After a gap the first page comes again first.
    if (cursor && !now.members) return now
    if (page.nextCursor) cursors.set(chatId, page.nextCursor)
    return withMembers(cursor ? now : { ...now, members: null }, page.members, !page.nextCursor)
  }).finally(() => membersOnTheirWay.delete(chatId))
  membersOnTheirWay.set(chatId, loading)
  return loading
}

/**
 * After a gap: reads the open chat again, around the place that was seen last. The message there may be gone if the
 * server was restored, but its number is still the nearest place.
 */
export async function readAgain(): Promise<void> {
  const { chatId } = opened.value ?? {}
  const chat = chatId === undefined ? undefined : state.value?.chats.get(chatId)
  if (chatId === undefined || !chat?.stretch) return
  const isAtEnd = !chat.stretch.hasNewer && (anchor === null || anchor.number === chat.stretch.messages.at(-1)?.number)
  const around = isAtEnd || anchor?.chatId !== chatId ? {} : { number: anchor.number, direction: "around" }
  await load(chatId, { ...around, take: MOST_A_PAGE })
}

/** Notes the number of the message that is seen, so that the place is not lost. */
export function seenAt(chatId: ChatId, number: number): void {
  anchor = { chatId, number }
}

let place: Place | undefined
let anchor: { readonly chatId: ChatId; readonly number: number } | null = null
const onTheirWay = new Set<string>()
const membersOnTheirWay = new Map<ChatId, Promise<void>>()
const cursors = new Map<ChatId, string>()

function change(chatId: ChatId, members: Partial<Opened>): void {
  if (opened.value?.chatId === chatId) opened.value = { ...opened.value, ...members }
}

function unreadIn({ summary }: Chat): number | null {
  return summary.unreadCount > 0 ? summary.readNumber + 1 : null
}

function isLoaded({ stretch }: Chat, at: Place | undefined, firstUnread: number | null): boolean {
  if (!stretch) return false
  if (at === undefined && firstUnread !== null) return stretch.messages.some((each) => each.number === firstUnread)
  if (at === undefined || at === "newest") return !stretch.hasNewer
  return "messageId" in at && stretch.messages.some((each) => each.chatMessageId === at.messageId)
}

type Page = Partial<Pick<FindMessages, "chatMessageId" | "number" | "date" | "direction" | "take">>

function placeFor(at: Place | undefined, firstUnread: number | null): Page {
  // Around the divider: some that were read show what the new ones are about.
  if (at === undefined && firstUnread !== null) return { direction: "around", number: firstUnread }
  if (at === undefined || at === "newest") return {}
  return { direction: "around", ...("date" in at ? { date: at.date } : { chatMessageId: at.messageId }) }
}

async function load(chatId: ChatId, page: Page): Promise<void> {
  const read = () => call(new FindMessages({ chatId, take: MESSAGES_A_PAGE, ...page }))
  const isBackward = page.direction === undefined
  await readInto(chatId, read, (chat, found) => ({ ...chat, stretch: stretchOf(found, isBackward) }))
}

async function loadMore(chatId: ChatId, side: "older" | "newer"): Promise<void> {
  const key = `${side}/${chatId}`
  const stretch = state.value?.chats.get(chatId)?.stretch
  const edge = side === "older" ? stretch?.messages[0] : stretch?.messages.at(-1)
  if (!edge || !(side === "older" ? stretch?.hasOlder : stretch?.hasNewer) || onTheirWay.has(key)) return
  onTheirWay.add(key)
  try {
    const direction = side === "older" ? "before" : "after"
    const request = new FindMessages({ chatId, chatMessageId: edge.chatMessageId, direction, take: MESSAGES_A_PAGE })
    await readInto(
      chatId,
      () => call(request),
      (chat, found) => {
        // The stretch may be another one by now.
        const isThere = chat.stretch?.messages.some((each) => each.chatMessageId === edge.chatMessageId)
        if (!chat.stretch || !isThere) return chat
        return { ...chat, stretch: joinedWith(chat.stretch, stretchOf(found, side === "older"), side) }
      },
    )
  } finally {
    onTheirWay.delete(key)
  }
}

function stretchOf(page: FindMessagesResponse, isBackward: boolean): Stretch {
  const [older, newer] = isBackward ? [page.nextCursor, page.previousCursor] : [page.previousCursor, page.nextCursor]
  return { messages: page.messages, hasOlder: older != null, hasNewer: newer != null }
}
