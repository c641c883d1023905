// What the rows of a chat's messages show, from the messages alone: days, groups, and the first unread one.
import type { Member, Message, Reply } from "../../api/dtos"
import type { Stretch, UserId } from "../../state/model"
import type { Waiting } from "../../state/outbox"
import { sameDay } from "../../text/times"

export interface RowOf {
  readonly message: Message
  /** What the outbox knows of it, until the server has it. */
  readonly waiting: Waiting | null
  /** Whether it is the first one of its day. */
  readonly isFirstOfDay: boolean
  /** Whether it begins a group of messages of one person, and so shows who wrote it. */
  readonly isHead: boolean
  readonly isFirstUnread: boolean
}

// The document stays small, however long a chat is. The store keeps no more, but events may come many at once.
const MOST_ROWS = 300

const GROUP_MS = 5 * 60_000

/** The rows of a chat, oldest first. Waiting messages follow the newest one. */
export function rowsOf(
  stretch: Stretch,
  waiting: readonly Waiting[],
  me: { readonly userId: UserId; readonly name?: string },
  firstUnread: number | null,
  isAtEnd: boolean,
): readonly RowOf[] {
  const known = new Set(stretch.messages.map(({ chatMessageId }) => chatMessageId))
  const held = isAtEnd ? stretch.messages.slice(-MOST_ROWS) : stretch.messages.slice(0, MOST_ROWS)
  const own = stretch.hasNewer ? [] : waiting.filter(({ chatMessageId }) => !known.has(chatMessageId))
  const unread = firstUnread === null ? undefined : held.find((each) => each.number >= firstUnread)
  const all = [
    ...held.map((message) => ({ message, waiting: null })),
    ...own.map((each) => ({ message: messageOf(each, stretch, me), waiting: each })),
  ]
  return all.map(({ message, waiting }, index) => {
    const before = all[index - 1]?.message
    const isFirstOfDay = !before || !sameDay(new Date(before.dateCreated), new Date(message.dateCreated))
    const isFirstUnread = message === unread
    const isHead = isFirstOfDay || isFirstUnread || message.replyTo != null || !continues(before, message)
    return { message, waiting, isFirstOfDay, isHead, isFirstUnread }
  })
}

function continues(before: Message | undefined, message: Message): boolean {
  if (!before || before.senderUserId !== message.senderUserId) return false
  return new Date(message.dateCreated).getTime() - new Date(before.dateCreated).getTime() <= GROUP_MS
}

const asMessages = new WeakMap<Waiting, Message>()

/** A waiting message as the server will show it. The same object each time, so that its row is not drawn again. */
function messageOf(
  waiting: Waiting,
  stretch: Stretch,
  me: { readonly userId: UserId; readonly name?: string },
): Message {
  const made = asMessages.get(waiting)
  if (made) return made
  const answered = stretch.messages.find(({ chatMessageId }) => chatMessageId === waiting.replyToMessageId)
  const message = {
    chatMessageId: waiting.chatMessageId,
    chatId: waiting.chatId,
    number: Number.MAX_SAFE_INTEGER,
    senderUserId: me.userId,
    senderName: me.name ?? "",
    text: waiting.text,
    dateCreated: new Date(waiting.written).toISOString(),
    isDeleted: false,
    mentionedUserIds: [...waiting.mentionedUserIds],
    mentionsEverybody: waiting.mentionsEverybody,
    attachments: [],
    reactions: [],
    isPinned: false,
    ...(answered ? { replyTo: quoteOf(answered) } : {}),
  } satisfies Message
  asMessages.set(waiting, message)
  return message
}

/** A message as another one quotes it. */
export function quoteOf({ chatMessageId, number, senderUserId, senderName, text, isDeleted }: Message): Reply {
  return {
    chatMessageId,
    number,
    senderUserId,
    isDeleted,
    ...(senderName ? { senderName } : {}),
    ...(text ? { text } : {}),
  }
}

/** Who has read up to which message: ids of people by the id of the newest message they have read. */
export function readMarks(
  messages: readonly Message[],
  hasNewer: boolean,
  members: Iterable<Member>,
  me: UserId,
): ReadonlyMap<string, readonly UserId[]> {
  const marks = new Map<string, UserId[]>()
  const first = messages[0]
  const last = messages.at(-1)
  if (!first || !last) return marks
  for (const { userId, readNumber, hasJoined } of members) {
    // The marker of somebody without an account stands where they were added, and they have read nothing.
    if (userId === me || !hasJoined || readNumber < first.number || (hasNewer && readNumber > last.number)) continue
    // Numbers have no gaps, so the number tells the place.
    const message = messages[Math.min(readNumber - first.number, messages.length - 1)]
    // Writing is reading: a mark of the sender would say nothing.
    if (!message || message.senderUserId === userId) continue
    marks.set(message.chatMessageId, [...(marks.get(message.chatMessageId) ?? []), userId])
  }
  return marks
}
