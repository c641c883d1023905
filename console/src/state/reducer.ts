// Applies events to the state. Pure: the same events in any overlap with the state that was read give the same state.
// Source of the rules: docs/chat.md, "Applying events".
import type { Message } from "../api/dtos"
import type { Happened, Kinds } from "./events"
import type { Chat, ChatId, State, Stretch } from "./model"

/** How long a person counts as writing after their last sign of it. */
const TYPING_MS = 8_000

/** The state after an event. The very same object if the event changes nothing. `now` is in ms since 1970. */
export function apply(state: State, event: Happened, now: number): State {
  switch (event.kind) {
    case "me.changed":
      return event.data.me ? { ...state, me: event.data.me } : state
    case "presence.changed":
      return { ...state, presence: new Map(state.presence).set(event.data.userId, event.data.presence as never) }
    case "chat.typing":
      return withChat(state, event.data.chatId, (chat) => typing(chat, event.data, now))
    default:
      return ofChat(state, event)
  }
}

type OfChat = Exclude<Happened, { kind: "me.changed" | "presence.changed" | "chat.typing" }>

function ofChat(state: State, event: OfChat): State {
  const { chatId, version } = event.data
  const chat = state.chats.get(chatId)
  if (!chat || version <= chat.summary.version) return state
  const me = state.me.userId
  if (event.kind === "chat.memberLeft" && event.data.userId === me) return withoutChat(state, chatId)
  const changed = change(chat, event, me)
  return put(state, chatId, { ...changed, summary: { ...changed.summary, version } })
}

function change(chat: Chat, event: OfChat, me: string): Chat {
  switch (event.kind) {
    case "chat.messageSent":
      return event.data.message ? sent(chat, event.data.message, me) : chat
    case "chat.read":
      return read(chat, event.data, me)
    default:
      return chat
  }
}

function sent(chat: Chat, message: Message, me: string): Chat {
  const { summary } = chat
  const isMine = message.senderUserId === me
  const mentionsMe = message.mentionsEverybody || message.mentionedUserIds.includes(me)
  return {
    ...chat,
    summary: {
      ...summary,
      dateActive: message.dateCreated,
      lastNumber: message.number,
      lastMessage: message,
      messageCount: summary.messageCount + 1,
      readNumber: isMine ? message.number : summary.readNumber,
      unreadCount: isMine ? 0 : summary.unreadCount + 1,
      mentionCount: isMine ? 0 : summary.mentionCount + (mentionsMe ? 1 : 0),
    },
    stretch: chat.stretch && withNewest(chat.stretch, message),
    typing: without(chat.typing, message.senderUserId),
  }
}

/** A stretch that reaches to the newest message grows by one. Another one only learns that there is more. */
function withNewest(stretch: Stretch, message: Message): Stretch {
  if (stretch.hasNewer) return stretch
  const last = stretch.messages.at(-1)
  if (last && last.number >= message.number) return stretch
  if (last && last.number + 1 < message.number) return { ...stretch, hasNewer: true }
  return { ...stretch, messages: [...stretch.messages, message] }
}

function read(chat: Chat, data: Kinds["chat.read"], me: string): Chat {
  if (data.userId !== me) return chat
  const summary = {
    ...chat.summary,
    readNumber: data.number,
    unreadCount: data.unreadCount,
    mentionCount: data.mentionCount,
  }
  return { ...chat, summary }
}

function typing(chat: Chat, data: Kinds["chat.typing"], now: number): Chat {
  const rest = without(chat.typing, data.userId)
  if (!data.isTyping) return { ...chat, typing: rest }
  return { ...chat, typing: new Map(rest).set(data.userId, { name: data.name ?? "", until: now + TYPING_MS }) }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
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
