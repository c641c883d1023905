// Applies events to the state. Pure: the same events in any overlap with the state that was read give the same state.
// Source of the rules: docs/chat.md, "Applying events".
import type { ChatSummary, Message } from "../api/dtos"
import type { Happened, Kinds } from "./events"
import { joined, left, memberChanged, readBy } from "./members"
import { deleted, edited, mapMessages, pinned, reacted, withNewest } from "./messages"
import type { Chat, ChatId, Presence, State } from "./model"

/** How long a person counts as writing after their last sign of it. */
const TYPING_MS = 8_000

/** The state after an event. The very same object if the event changes nothing. `now` is in ms since 1970. */
export function apply(state: State, event: Happened, now: number): State {
  switch (event.kind) {
    case "me.changed":
      return event.data.me ? { ...state, me: event.data.me } : state
    case "presence.changed":
      return { ...state, presence: new Map(state.presence).set(event.data.userId, event.data.presence as Presence) }
    case "chat.typing":
      return withChat(state, event.data.chatId, (chat) => typing(chat, event.data, now))
    default:
      return ofChat(state, event)
  }
}

/** An event that belongs to a version of a chat. */
export type OfChat = Exclude<Happened, { kind: "me.changed" | "presence.changed" | "chat.typing" }>

function ofChat(state: State, event: OfChat): State {
  const { chatId, version } = event.data
  const chat = state.chats.get(chatId)
  if (!chat || version <= chat.summary.version) return state
  const me = state.me.userId
  if (event.kind === "chat.memberLeft" && event.data.userId === me) return withoutChat(state, chatId)
  const summary = { ...counted(chat.summary, event, me), version }
  return put(state, chatId, content({ ...chat, summary }, event, me))
}

/**
 * What an event changes of a chat's messages and members. All of it is whole values, so an event that is contained
 * already changes nothing. A page that was read meanwhile gets its events once more by this.
 */
export function content(chat: Chat, event: OfChat, me: string): Chat {
  switch (event.kind) {
    case "chat.messageSent":
      return event.data.message ? sent(chat, event.data.message) : chat
    case "chat.messageEdited":
      return mapMessages(chat, (message) => edited(message, event.data))
    case "chat.messageDeleted":
      return unpinned(
        mapMessages(chat, (message) => deleted(message, event.data)),
        event.data.chatMessageId,
      )
    case "chat.reactionChanged":
      return mapMessages(chat, (message) => reacted(message, event.data, me))
    case "chat.messagePinned":
      return pinned(chat, event.data)
    case "chat.memberJoined":
      return event.data.member ? joined(chat, event.data.member, me) : chat
    case "chat.memberChanged":
      return event.data.member ? memberChanged(chat, event.data.member, me) : chat
    case "chat.memberLeft":
      return left(chat, event.data.chatMemberId, event.data.userId)
    case "chat.read":
      return readBy(chat, event.data.userId, event.data.number)
    default:
      return chat
  }
}

/** What an event changes of a chat's own members and of its counts. These hold for one version only. */
function counted(summary: ChatSummary, event: OfChat, me: string): ChatSummary {
  switch (event.kind) {
    case "chat.messageSent":
      return event.data.message ? countedSent(summary, event.data.message, me) : summary
    case "chat.messageEdited":
      return countedEdited(summary, event.data, me)
    case "chat.messageDeleted":
      return countedDeleted(summary, event.data, me)
    case "chat.memberJoined":
      return { ...summary, memberCount: summary.memberCount + 1 }
    case "chat.memberLeft":
      return { ...summary, memberCount: summary.memberCount - 1 }
    case "chat.changed":
      return { ...summary, chatName: event.data.chatName ?? "", isArchived: event.data.isArchived }
    case "chat.read":
      return event.data.userId === me ? countedRead(summary, event.data) : summary
    case "chat.draftSaved":
      return withOptional(summary, "draft", event.data.text ? draftIn(event.data) : undefined)
    case "chat.notificationsSet":
      return withOptional({ ...summary, level: event.data.level ?? "" }, "mutedUntil", event.data.mutedUntil)
    case "chat.archivedForMe":
      return { ...summary, isArchivedForMe: event.data.isArchived }
    default:
      return summary
  }
}

function countedSent(summary: ChatSummary, message: Message, me: string): ChatSummary {
  const isMine = message.senderUserId === me
  return {
    ...summary,
    dateActive: message.dateCreated,
    lastNumber: message.number,
    lastMessage: message,
    messageCount: summary.messageCount + 1,
    readNumber: isMine ? message.number : summary.readNumber,
    unreadCount: isMine ? 0 : summary.unreadCount + 1,
    mentionCount: isMine ? 0 : summary.mentionCount + mentions(me, message.mentionedUserIds, message.mentionsEverybody),
  }
}

function countedEdited(summary: ChatSummary, data: Kinds["chat.messageEdited"], me: string): ChatSummary {
  if (data.number <= summary.readNumber || data.senderUserId === me) return summary
  const before = mentions(me, data.previouslyMentionedUserIds, data.previouslyMentionedEverybody)
  const after = mentions(me, data.mentionedUserIds, data.mentionsEverybody)
  return { ...summary, mentionCount: summary.mentionCount + after - before }
}

function countedDeleted(summary: ChatSummary, data: Kinds["chat.messageDeleted"], me: string): ChatSummary {
  const messageCount = summary.messageCount - 1
  if (data.number <= summary.readNumber || data.senderUserId === me) return { ...summary, messageCount }
  return {
    ...summary,
    messageCount,
    unreadCount: summary.unreadCount - 1,
    mentionCount: summary.mentionCount - mentions(me, data.mentionedUserIds, data.mentionsEverybody),
  }
}

function countedRead(summary: ChatSummary, data: Kinds["chat.read"]): ChatSummary {
  const { number: readNumber, unreadCount, mentionCount } = data
  return { ...summary, readNumber, unreadCount, mentionCount }
}

function mentions(me: string, userIds: readonly string[], everybody: boolean): number {
  return everybody || userIds.includes(me) ? 1 : 0
}

function draftIn({ text, replyToMessageId }: Kinds["chat.draftSaved"]): NonNullable<ChatSummary["draft"]> {
  return { text: text ?? "", ...(replyToMessageId ? { replyToMessageId } : {}) }
}

/** With a member of a value, or without it. The server leaves out what there is not. */
function withOptional<T extends object, K extends keyof T>(value: T, name: K, member: T[K] | undefined): T {
  const { [name]: _gone, ...rest } = value
  return (member == null ? rest : { ...rest, [name]: member }) as T
}

function sent(chat: Chat, message: Message): Chat {
  return {
    ...readBy(chat, message.senderUserId, message.number),
    stretch: chat.stretch && withNewest(chat.stretch, message),
    typing: without(chat.typing, message.senderUserId),
  }
}

function unpinned(chat: Chat, chatMessageId: string): Chat {
  const pins = chat.summary.pins.filter((each) => each.chatMessageId !== chatMessageId)
  return pins.length === chat.summary.pins.length ? chat : { ...chat, summary: { ...chat.summary, pins } }
}

function typing(chat: Chat, data: Kinds["chat.typing"], now: number): Chat {
  const rest = without(chat.typing, data.userId)
  if (data.isTyping)
    return { ...chat, typing: new Map(rest).set(data.userId, { name: data.name ?? "", until: now + TYPING_MS }) }
  return rest === chat.typing ? chat : { ...chat, typing: rest }
}

/** The state without signs of writing that are over. */
export function withoutPast(state: State, now: number): State {
  let found = state
  for (const [chatId, chat] of state.chats) {
    const going = [...chat.typing].filter(([, { until }]) => until > now)
    if (going.length < chat.typing.size) found = put(found, chatId, { ...chat, typing: new Map(going) })
  }
  return found
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map
  const copy = new Map(map)
  copy.delete(key)
  return copy
}

export function put(state: State, chatId: ChatId, chat: Chat): State {
  return { ...state, chats: new Map(state.chats).set(chatId, chat) }
}

export function withoutChat(state: State, chatId: ChatId): State {
  return { ...state, chats: without(state.chats, chatId) }
}

export function withChat(state: State, chatId: ChatId, change: (chat: Chat) => Chat): State {
  const chat = state.chats.get(chatId)
  if (!chat) return state
  const changed = change(chat)
  return changed === chat ? state : put(state, chatId, changed)
}
