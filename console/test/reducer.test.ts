import assert from "node:assert/strict"
import { test } from "node:test"
import type { ChatSummary, Me, Member, Message } from "../src/api/dtos"
import type { Happened, Kind, Kinds } from "../src/state/events"
import { joinedWith, MOST_MESSAGES, withAnswer, withNewest } from "../src/state/messages"
import { type Chat, newChat, type State, type Stretch } from "../src/state/model"
import { apply, content, withoutPast } from "../src/state/reducer"

const ME = "ada"
const CHAT = "team"

function message(number: number, more: Partial<Message> = {}): Message {
  const plain = { chatMessageId: `m${number}`, chatId: CHAT, number, senderUserId: "ben", text: `Text ${number}` }
  const empty = {
    isDeleted: false,
    mentionedUserIds: [],
    mentionsEverybody: false,
    attachments: [],
    reactions: [],
    isPinned: false,
  }
  return { ...plain, ...empty, dateCreated: "2026-01-02T03:04:05Z", ...more } as Message
}

function stretch(first: number, last: number, more: Partial<Stretch> = {}): Stretch {
  const messages = Array.from({ length: last - first + 1 }, (_, index) => message(first + index))
  return { messages, hasOlder: false, hasNewer: false, ...more }
}

function member(userId: string, more: Partial<Member> = {}): Member {
  return {
    chatMemberId: `membership of ${userId}`,
    chatId: CHAT,
    userId,
    name: userId,
    readNumber: 0,
    dateJoined: userId,
    ...more,
  } as Member
}

function state(more: Partial<Chat> = {}, summary: Partial<ChatSummary> = {}): State {
  const members = [member("ada"), member("ben")]
  const plain = {
    chatId: CHAT,
    version: 1,
    memberCount: 2,
    messageCount: 2,
    lastNumber: 2,
    readNumber: 2,
    unreadCount: 0,
    mentionCount: 0,
  }
  const chat = newChat({ ...plain, members, pins: [], ...summary } as unknown as ChatSummary)
  const me = { userId: ME } as Me
  return {
    me,
    chats: new Map([[CHAT, { ...chat, stretch: stretch(1, 2), ...more }]]),
    hasAllChats: true,
    presence: new Map(),
  }
}

function event<K extends Kind>(kind: K, data: Partial<Kinds[K]>): Happened {
  return { kind, cursor: "1", data: { chatId: CHAT, version: 2, ...data } } as unknown as Happened
}

function chatIn(after: State): Chat {
  const chat = after.chats.get(CHAT)
  assert.ok(chat)
  return chat
}

test("an event that is contained changes nothing, not even the object", () => {
  const before = state({}, { version: 2 })
  assert.equal(apply(before, event("chat.messageSent", { message: message(3) }), 0), before)
})

test("an event of a chat that is not known changes nothing", () => {
  const before = state()
  assert.equal(apply(before, event("chat.messageSent", { chatId: "other", message: message(3) }), 0), before)
})

test("a message of another person is unread, one's own marks all as read", () => {
  const theirs = apply(state(), event("chat.messageSent", { message: message(3, { mentionedUserIds: [ME] }) }), 0)
  assert.equal(chatIn(theirs).summary.unreadCount, 1)
  assert.equal(chatIn(theirs).summary.mentionCount, 1)
  const mine = apply(theirs, event("chat.messageSent", { version: 3, message: message(4, { senderUserId: ME }) }), 0)
  const { unreadCount, mentionCount, readNumber, lastNumber } = chatIn(mine).summary
  assert.deepEqual([unreadCount, mentionCount, readNumber, lastNumber], [0, 0, 4, 4])
})

test("a message that is not the next one does not make a gap in the stretch", () => {
  const after = withNewest(stretch(1, 2), message(4))
  assert.deepEqual([after.messages.length, after.hasNewer], [2, true])
  assert.equal(withNewest(stretch(1, 2), message(2)).messages.length, 2)
})

test("the answer to an own message is shown only if no others are before it", () => {
  assert.equal(withAnswer(stretch(1, 2), message(3)).messages.length, 3)
  assert.deepEqual(withAnswer(stretch(1, 2), message(4)), stretch(1, 2))
})

test("a stretch keeps the newest messages as it grows, and drops the far side as pages come", () => {
  const full = stretch(1, MOST_MESSAGES)
  const grown = withNewest(full, message(MOST_MESSAGES + 1))
  assert.deepEqual([grown.messages.length, grown.messages[0]?.number, grown.hasOlder], [MOST_MESSAGES, 2, true])
  const older = joinedWith(stretch(51, 350), stretch(1, 50), "older")
  assert.deepEqual([older.messages[0]?.number, older.messages.length, older.hasNewer], [1, MOST_MESSAGES, true])
  const newer = joinedWith(stretch(1, 300, { hasNewer: true }), stretch(301, 350), "newer")
  assert.deepEqual(
    [newer.messages.at(-1)?.number, newer.messages.length, newer.hasOlder, newer.hasNewer],
    [350, MOST_MESSAGES, true, false],
  )
})

test("what is in both of two pages is there once", () => {
  assert.deepEqual(
    joinedWith(stretch(5, 9), stretch(3, 6), "older").messages.map((each) => each.number),
    [3, 4, 5, 6, 7, 8, 9],
  )
})

test("a pin of a message that is not loaded makes the pins unknown", () => {
  const before = state({ hasPins: true })
  assert.equal(
    chatIn(apply(before, event("chat.messagePinned", { chatMessageId: "m99", isPinned: true }), 0)).hasPins,
    false,
  )
  const known = chatIn(apply(before, event("chat.messagePinned", { chatMessageId: "m2", isPinned: true }), 0))
  assert.deepEqual([known.hasPins, known.summary.pins.map((each) => each.number)], [true, [2]])
  assert.equal(known.stretch?.messages[1]?.isPinned, true)
})

test("a reply shows what became of the message that it answers", () => {
  const replyTo = { chatMessageId: "m1", number: 1, senderUserId: "ben", text: "Text 1", isDeleted: false }
  const before = state({ stretch: { ...stretch(1, 1), messages: [message(1), message(2, { replyTo })] } })
  const changed = apply(
    before,
    event("chat.messageEdited", {
      chatMessageId: "m1",
      text: "x".repeat(300),
      mentionedUserIds: [],
      previouslyMentionedUserIds: [],
    }),
    0,
  )
  assert.equal(chatIn(changed).stretch?.messages[1]?.replyTo?.text?.length, 200)
  const gone = apply(
    changed,
    event("chat.messageDeleted", { version: 3, chatMessageId: "m1", number: 1, mentionedUserIds: [] }),
    0,
  )
  assert.equal(chatIn(gone).stretch?.messages[1]?.replyTo?.isDeleted, true)
})

test("the events that came while a page was read are applied to it again, and only once counted", () => {
  const reaction = event("chat.reactionChanged", { chatMessageId: "m2", emoji: "👍", userId: "ben", isOn: true })
  const once = apply(state(), reaction, 0)
  const twice = content(chatIn(once), reaction as never, ME)
  assert.deepEqual(twice.stretch?.messages[1]?.reactions, [{ emoji: "👍", count: 1, isMine: false, userIds: ["ben"] }])
})

test("a person who gets an account is known by their new id alone", () => {
  const members = new Map([["contact", member("contact", { chatMemberId: "x" })]])
  const after = apply(
    state({ members, hasAllMembers: true }),
    event("chat.memberChanged", { member: member("user", { chatMemberId: "x" }) }),
    0,
  )
  assert.deepEqual([...(chatIn(after).members?.keys() ?? [])], ["user"])
})

test("another name of a person is shown wherever they are", () => {
  const replyTo = { chatMessageId: "m1", number: 1, senderUserId: "ben", senderName: "Ben", text: "", isDeleted: false }
  const messages = [message(1, { senderName: "Ben" }), message(2, { senderUserId: ME, senderName: "Ada", replyTo })]
  const before = state({ stretch: { ...stretch(1, 1), messages } }, { createdBy: "ben", createdByName: "Ben" })
  const { summary, stretch: after } = chatIn(
    apply(before, event("chat.memberChanged", { member: member("ben", { name: "Benjamin" }) }), 0),
  )
  const shown = [
    summary.members[1]?.name,
    summary.createdByName,
    after?.messages[0]?.senderName,
    after?.messages[1]?.replyTo?.senderName,
  ]
  assert.deepEqual(shown, ["Benjamin", "Benjamin", "Benjamin", "Benjamin"])
  assert.equal(after?.messages[1]?.senderName, "Ada")
})

test("a chat that this person has left is gone", () => {
  assert.equal(apply(state(), event("chat.memberLeft", { userId: ME }), 0).chats.size, 0)
})

test("somebody writes until they stop, send, leave, or say nothing for a while", () => {
  const typing = event("chat.typing", { userId: "ben", name: "Ben", isTyping: true })
  const before = apply(state(), typing, 1_000)
  assert.equal(chatIn(before).typing.get("ben")?.until, 9_000)
  const stopped = [
    apply(before, event("chat.typing", { userId: "ben", isTyping: false }), 2_000),
    apply(before, event("chat.messageSent", { message: message(3) }), 2_000),
    apply(before, event("chat.memberLeft", { userId: "ben" }), 2_000),
    withoutPast(before, 9_000),
  ]
  assert.deepEqual(
    stopped.map((each) => chatIn(each).typing.size),
    [0, 0, 0, 0],
  )
  assert.equal(withoutPast(before, 8_999), before)
})
