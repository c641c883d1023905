import assert from "node:assert/strict"
import { test } from "node:test"
import type { Member, Message } from "../src/api/dtos"
import type { Waiting } from "../src/state/outbox"
import { complete, completingAt, peopleFor } from "../src/views/messages/completing"
import { mentionsIn } from "../src/views/messages/naming"
import { readMarks, rowsOf } from "../src/views/messages/rows"

const ADA = "ada"
const BEN = "ben"
const ME = { userId: ADA, name: "Ada Young" }

function message(number: number, sender: string, minutes: number, more: Partial<Message> = {}): Message {
  return {
    chatMessageId: `m${number}`,
    chatId: "c",
    number,
    senderUserId: sender,
    dateCreated: new Date(2026, 10, 30, 12, minutes).toISOString(),
    isDeleted: false,
    mentionedUserIds: [],
    mentionsEverybody: false,
    attachments: [],
    reactions: [],
    isPinned: false,
    ...more,
  } as Message
}

function waitingMessage(chatMessageId: string): Waiting {
  const nothing = { mentionedUserIds: [], mentionsEverybody: false, attachmentIds: [], uploadIds: [], failure: null }
  return {
    ...nothing,
    chatMessageId,
    chatId: "c",
    userId: ADA,
    text: "later",
    written: new Date(2026, 10, 30, 13).getTime(),
    status: "waiting",
  }
}

const all = (messages: Message[], hasNewer = false) => ({ messages, hasOlder: false, hasNewer })

test("messages of one person within five minutes are a group", () => {
  const messages = [message(1, ADA, 0), message(2, ADA, 5), message(3, ADA, 11), message(4, BEN, 12)]
  const rows = rowsOf(all(messages), [], ME, null, true)
  assert.deepEqual(
    rows.map(({ isHead }) => isHead),
    [true, false, true, true],
  )
  assert.deepEqual(
    rows.map(({ isFirstOfDay }) => isFirstOfDay),
    [true, false, false, false],
  )
})

test("a day, the divider and an answer begin a group", () => {
  const reply = { chatMessageId: "m1", number: 1, senderUserId: BEN, isDeleted: false }
  const messages = [
    message(1, ADA, 0),
    message(2, ADA, 24 * 60),
    message(3, ADA, 24 * 60),
    message(4, ADA, 24 * 60, { replyTo: reply }),
  ]
  const rows = rowsOf(all(messages), [], ME, 3, true)
  assert.deepEqual(
    rows.map(({ isHead }) => isHead),
    [true, true, true, true],
  )
  assert.deepEqual(
    rows.map(({ isFirstUnread }) => isFirstUnread),
    [false, false, true, false],
  )
})

test("waiting messages follow the newest one, and are there once", () => {
  const waiting = [waitingMessage("m1"), waitingMessage("w")]
  const rows = (hasNewer: boolean) => rowsOf(all([message(1, ADA, 0)], hasNewer), waiting, ME, null, true)
  assert.deepEqual(
    rows(false).map((row) => row.message.chatMessageId),
    ["m1", "w"],
  )
  assert.deepEqual(
    rows(true).map((row) => row.message.chatMessageId),
    ["m1"],
  )
  const [first, second] = [rows(false), rows(false)]
  assert.ok(first[1]?.message === second[1]?.message)
})

test("no more than three hundred rows, at the side of the reader", () => {
  const messages = Array.from({ length: 500 }, (_, index) => message(index + 1, ADA, index))
  assert.deepEqual(rowsOf(all(messages), [], ME, null, true).at(-1)?.message.number, 500)
  assert.deepEqual(rowsOf(all(messages), [], ME, null, false)[0]?.message.number, 1)
  assert.equal(rowsOf(all(messages), [], ME, null, true).length, 300)
})

test("read marks stand at the newest message that each has read, and not at their own", () => {
  const messages = [message(5, ADA, 0), message(6, BEN, 1), message(7, ADA, 2)]
  const member = (userId: string, readNumber: number, hasJoined = true) => ({ userId, readNumber, hasJoined }) as Member
  const marks = (members: Member[], hasNewer = false) => [...readMarks(messages, hasNewer, members, ADA)]
  assert.deepEqual(marks([member(BEN, 7), member("cleo", 6), member(ADA, 7)]), [
    ["m7", [BEN]],
    ["m6", ["cleo"]],
  ])
  assert.deepEqual(marks([member(BEN, 6), member("cleo", 4)]), [])
  assert.deepEqual(marks([member("dan", 9)]), [["m7", ["dan"]]])
  assert.deepEqual(marks([member("dan", 9)], true), [])
  assert.deepEqual(marks([member("nora", 7, false)]), [])
})

test("names and emoji are completed where the caret is", () => {
  const at = (text: string) => {
    const found = completingAt(text, text.length)
    return found && `${found.mark}${found.query}`
  }
  assert.deepEqual(["@", "hi @ad", "@Ada Yo", "(@b", ":wave", "a :sm"].map(at), [
    "@",
    "@ad",
    "@Ada Yo",
    "@b",
    ":wave",
    ":sm",
  ])
  assert.deepEqual(["", "a@b", "12:30", ":", ":a", "https://x", "@ada "].map(at), [
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
  const completing = completingAt("hi @ad, you", 6)
  assert.ok(completing)
  assert.deepEqual(complete("hi @ad, you", 6, completing, "@Ada Young"), { text: "hi @Ada Young, you", caret: 13 })
  assert.deepEqual(complete("@ad", 3, { mark: "@", query: "ad", start: 0 }, "@Ada Young"), {
    text: "@Ada Young ",
    caret: 11,
  })
})

const PEOPLE = [
  { userId: "1", name: "Ada Young" },
  { userId: "2", name: "Ada" },
  { userId: "3", name: "Zoë Adams" },
]

test("any word of a name is enough, without accents", () => {
  const found = (query: string) => peopleFor(query, PEOPLE).map(({ userId }) => userId)
  assert.deepEqual(found("ada"), ["1", "2", "3"])
  assert.deepEqual(found("zoe"), ["3"])
  assert.deepEqual(found("dams"), [])
})

test("a text names people by their whole names", () => {
  assert.deepEqual(mentionsIn("@Ada Young, see this", PEOPLE), ["1"])
  assert.deepEqual(mentionsIn("@Ada and @Ada Young", PEOPLE), ["1", "2"])
  assert.deepEqual(mentionsIn("@Adam, Ada", PEOPLE), [])
})
