import assert from "node:assert/strict"
import { test } from "node:test"
import { ChatSummary } from "../src/api/dtos"
import { badgeOf, isMuted, listedChats, neighbour } from "../src/state/listing"
import { type Chat, newChat } from "../src/state/model"

const NOON = Date.UTC(2026, 0, 1, 12)

function chat(chatId: string, changes: Partial<ChatSummary> = {}): Chat {
  const day = `2026-01-0${chatId.charCodeAt(0) - 96}T00:00:00Z`
  return newChat(
    new ChatSummary({
      chatId,
      dateActive: day,
      unreadCount: 0,
      mentionCount: 0,
      level: "everything",
      members: [],
      ...changes,
    }),
  )
}

function ids(chats: readonly Chat[]): string {
  return chats.map((each) => each.summary.chatId).join("")
}

test("favourites are on top in their own order, and all others by activity", () => {
  assert.equal(ids(listedChats([chat("a"), chat("b"), chat("c"), chat("d")], "all", ["b", "a"])), "badc")
})

test("each filter shows what it says", () => {
  const chats = [
    chat("a"),
    chat("b", { unreadCount: 1 }),
    chat("c", { isDirect: true }),
    chat("d", { isArchived: true, unreadCount: 1 }),
    chat("e", { isArchivedForMe: true }),
    chat("f", { level: "invisible", unreadCount: 1 }),
  ]

  assert.equal(ids(listedChats(chats, "all", [])), "cba")
  assert.equal(ids(listedChats(chats, "unread", [])), "b")
  assert.equal(ids(listedChats(chats, "direct", [])), "c")
  assert.equal(ids(listedChats(chats, "archived", [])), "ed")
})

test("a chat that is read under the filter of unread ones stays", () => {
  assert.equal(ids(listedChats([chat("a"), chat("b")], "unread", [], new Set(["a"]))), "a")
})

test("the badge counts as the server does", () => {
  const until = new Date(NOON + 1000).toISOString()
  const chats = [
    chat("a", { unreadCount: 3 }),
    chat("b", { unreadCount: 5, mentionCount: 2, level: "mentions" }),
    chat("c", { unreadCount: 7, level: "nothing" }),
    chat("d", { unreadCount: 9, mutedUntil: until }),
  ]

  assert.equal(badgeOf(chats, NOON), 5)
  assert.equal(badgeOf(chats, NOON + 2000), 14)
  assert.ok(isMuted(chats[3] as Chat, NOON))
})

test("a chat that was put away is not in the badge, and one that is archived for everybody is", () => {
  const chats = [chat("a", { unreadCount: 4, isArchivedForMe: true }), chat("b", { unreadCount: 2, isArchived: true })]

  assert.equal(badgeOf(chats, NOON), 2)
})

test("the next chat is the next one that has something unread, if so wanted", () => {
  const chats = [chat("a", { unreadCount: 1 }), chat("b"), chat("c", { unreadCount: 1 })]

  assert.equal(neighbour(chats, "a", 1, false)?.summary.chatId, "b")
  assert.equal(neighbour(chats, "a", 1, true)?.summary.chatId, "c")
  assert.equal(neighbour(chats, "c", -1, true)?.summary.chatId, "a")
  assert.equal(neighbour(chats, "c", 1, false), undefined)
  assert.equal(neighbour(chats, undefined, 1, false)?.summary.chatId, "a")
  assert.equal(neighbour(chats, undefined, -1, false)?.summary.chatId, "c")
})
