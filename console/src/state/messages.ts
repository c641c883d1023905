// What events change of the messages of a chat. Pure, and a part of the reducer.
import type { Message } from "../api/dtos"
import type { Kinds } from "./events"
import type { Chat, Stretch } from "./model"

/** The most messages that are kept of a chat. Beyond them the far side is dropped. */
export const MOST_MESSAGES = 300

/** How much of a text the server puts into the replies to it, in characters. */
const PREVIEW = 200

/** How many of the people who chose an emoji the server lists. */
const MOST_REACTED = 20

/** Changes all places where a chat shows its messages. The same chat if `change` returns the same messages. */
export function mapMessages(chat: Chat, change: (message: Message) => Message): Chat {
  const { lastMessage } = chat.summary
  const last = lastMessage && change(lastMessage)
  const pins = mapped(chat.summary.pins, change)
  const messages = chat.stretch && mapped(chat.stretch.messages, change)
  if (last === lastMessage && pins === chat.summary.pins && messages === (chat.stretch?.messages ?? null)) return chat
  const summary = { ...chat.summary, pins: pins as Message[], ...(last ? { lastMessage: last } : {}) }
  return { ...chat, summary, stretch: chat.stretch && messages && { ...chat.stretch, messages } }
}

function mapped(messages: readonly Message[], change: (message: Message) => Message): readonly Message[] {
  let found: Message[] | null = null
  messages.forEach((message, index) => {
    const changed = change(message)
    if (changed !== message) (found ??= [...messages])[index] = changed
  })
  return found ?? messages
}

export function edited(message: Message, data: Kinds["chat.messageEdited"]): Message {
  if (message.replyTo?.chatMessageId === data.chatMessageId) {
    const text = [...(data.text ?? "")].slice(0, PREVIEW).join("")
    return { ...message, replyTo: { ...message.replyTo, text } } as Message
  }
  if (message.chatMessageId !== data.chatMessageId) return message
  const { text, mentionedUserIds, mentionsEverybody, dateEdited } = data
  return { ...message, text: text ?? "", mentionedUserIds, mentionsEverybody, dateEdited } as Message
}

export function deleted(message: Message, data: Kinds["chat.messageDeleted"]): Message {
  if (message.replyTo?.chatMessageId === data.chatMessageId) {
    return { ...message, replyTo: { ...message.replyTo, text: "", isDeleted: true } } as Message
  }
  if (message.chatMessageId !== data.chatMessageId) return message
  const { dateEdited: _edited, replyTo: _replyTo, ...rest } = message
  return {
    ...rest,
    text: "",
    isDeleted: true,
    deletedByUserId: data.deletedByUserId,
    mentionedUserIds: [],
    mentionsEverybody: false,
    attachments: [],
    reactions: [],
    isPinned: false,
  } as Message
}

/**
 * A message with an emoji of a person, or without it. If more people chose it than the server lists, it is not known
 * whether this person is one of them already; then the event is believed.
 */
export function reacted(message: Message, data: Kinds["chat.reactionChanged"], me: string): Message {
  if (message.chatMessageId !== data.chatMessageId) return message
  const { emoji = "", userId, isOn } = data
  const known = message.reactions.find((each) => each.emoji === emoji)
  const isThere = known ? known.userIds.includes(userId) || (userId === me && known.isMine) : false
  if (isThere === isOn) return message
  if (!known) {
    if (!isOn) return message
    return {
      ...message,
      reactions: [...message.reactions, { emoji, count: 1, isMine: userId === me, userIds: [userId] }],
    } as Message
  }
  const count = known.count + (isOn ? 1 : -1)
  const userIds = isOn
    ? [...known.userIds, userId].slice(0, MOST_REACTED)
    : known.userIds.filter((each) => each !== userId)
  const changed = { ...known, count, userIds, isMine: userId === me ? isOn : known.isMine }
  const reactions = message.reactions.map((each) => (each === known ? changed : each)).filter((each) => each.count > 0)
  return { ...message, reactions } as Message
}

/** A pin of a message that is not loaded makes the pins unknown, since the event has only its number. */
export function pinned(chat: Chat, data: Kinds["chat.messagePinned"]): Chat {
  const { chatMessageId, isPinned } = data
  const changed = mapMessages(chat, (message) =>
    message.chatMessageId === chatMessageId && message.isPinned !== isPinned
      ? ({ ...message, isPinned } as Message)
      : message,
  )
  const others = changed.summary.pins.filter((each) => each.chatMessageId !== chatMessageId)
  if (!isPinned) return { ...changed, summary: { ...changed.summary, pins: others } }
  const message = changed.stretch?.messages.find((each) => each.chatMessageId === chatMessageId)
  if (!message) return others.length < changed.summary.pins.length ? changed : { ...changed, hasPins: false }
  const pins = [...others, message].sort((one, other) => one.number - other.number)
  return { ...changed, summary: { ...changed.summary, pins } }
}

/** A stretch that reaches to the newest message grows by one. Another one only learns that there is more. */
export function withNewest(stretch: Stretch, message: Message): Stretch {
  if (stretch.hasNewer) return stretch
  const last = stretch.messages.at(-1)
  if (last && last.number >= message.number) return stretch
  if ((last?.number ?? 0) + 1 < message.number) return { ...stretch, hasNewer: true }
  return cut({ ...stretch, messages: [...stretch.messages, message] }, "older")
}

/** A stretch with a page before or after it. What both have is there once. */
export function joinedWith(stretch: Stretch, page: Stretch, side: "older" | "newer"): Stretch {
  const first = stretch.messages[0]?.number ?? Number.POSITIVE_INFINITY
  const last = stretch.messages.at(-1)?.number ?? 0
  if (side === "older") {
    const messages = [...page.messages.filter((each) => each.number < first), ...stretch.messages]
    return cut({ messages, hasOlder: page.hasOlder, hasNewer: stretch.hasNewer }, "newer")
  }
  const messages = [...stretch.messages, ...page.messages.filter((each) => each.number > last)]
  return cut({ messages, hasOlder: stretch.hasOlder, hasNewer: page.hasNewer }, "older")
}

/** Drops what is too much on one side. */
function cut(stretch: Stretch, side: "older" | "newer"): Stretch {
  const { messages } = stretch
  if (messages.length <= MOST_MESSAGES) return stretch
  return side === "older"
    ? { ...stretch, messages: messages.slice(-MOST_MESSAGES), hasOlder: true }
    : { ...stretch, messages: messages.slice(0, MOST_MESSAGES), hasNewer: true }
}

/** A stretch with an own message that the server has answered, if it is the next one. Others come by events before it. */
export function withAnswer(stretch: Stretch, message: Message): Stretch {
  const isNext = (stretch.messages.at(-1)?.number ?? 0) + 1 === message.number
  return isNext ? withNewest(stretch, message) : stretch
}
