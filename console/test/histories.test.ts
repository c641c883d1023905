// Random histories of a real server, from the file that HISTORIES names: state with events equals state read anew.
// `tests/console/test_reducer.py` writes the file. Without one there is nothing to do.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { ChatSummary, Event, Me, Member, Message } from "../src/api/dtos"
import { type Happened, happenedIn } from "../src/state/events"
import { type Chat, newChat, type State } from "../src/state/model"
import { apply, put } from "../src/state/reducer"

interface Read {
  readonly me: Me
  readonly chats: readonly { readonly summary: ChatSummary; readonly members: Member[]; readonly messages: Message[] }[]
}

interface History {
  readonly first: Read
  readonly rounds: readonly { readonly events: Event[]; readonly state: Read }[]
}

const { HISTORIES } = process.env
const histories = HISTORIES ? (JSON.parse(readFileSync(HISTORIES, "utf8")) as History[]) : []

histories.forEach(({ first, rounds }, person) => {
  test(`what person ${person} sees`, () => {
    let state = stateOf(first)
    rounds.forEach((round, index) => {
      const read = stateOf(round.state)
      for (const event of round.events) state = applied(state, happenedIn(event), read)
      assert.deepEqual(differences(comparable(state), comparable(read)), [], `round ${index}`)
    })
  })

  test(`what person ${person} sees if all events come twice`, () => {
    let state = stateOf(first)
    rounds.forEach((round, index) => {
      const read = stateOf(round.state)
      const events = round.events.map(happenedIn)
      for (const event of [...events, ...events]) state = applied(state, event, read)
      assert.deepEqual(differences(comparable(state), comparable(read)), [], `round ${index}`)
    })
  })
})

/** The state after an event. A chat that was not known is read when the event comes, as the feed does. */
function applied(state: State, event: Happened | null, read: State): State {
  assert.ok(event, "The kind of an event is not known.")
  if ("version" in event.data && event.kind !== "chat.memberLeft" && !state.chats.has(event.data.chatId)) {
    const chat = read.chats.get(event.data.chatId)
    return chat ? put(state, event.data.chatId, chat) : state
  }
  return apply(state, event, 0)
}

function stateOf(read: Read): State {
  return {
    me: read.me,
    chats: new Map(read.chats.map((each) => [each.summary.chatId, chatOf(each)])),
    hasAllChats: true,
    presence: new Map(),
  }
}

function chatOf({ summary, members, messages }: Read["chats"][number]): Chat {
  return {
    ...newChat(summary, true),
    members: new Map(members.map((each) => [each.userId, each])),
    hasAllMembers: true,
    stretch: { messages, hasOlder: false, hasNewer: false },
  }
}

/** As plain data, without what is empty: the server leaves out some of that. */
function comparable(state: State): unknown {
  const chats = [...state.chats.entries()].sort().map(([, chat]) => plain(chat))
  return JSON.parse(JSON.stringify([state.me, ...chats], (_, value) => value ?? undefined))
}

/**
 * Without the version, which counts what happened to others only, such as their drafts. Without names beside messages:
 * the people of a history send under the name they had at first, and nobody hears of the names of those who have left.
 */
function plain(chat: Chat): unknown {
  const nameless = JSON.parse(
    JSON.stringify(chat, (name, value) => (name === "senderName" ? undefined : value)),
  ) as Chat
  const isCreatorIn = chat.members?.has(chat.summary.createdBy)
  const summary = { ...nameless.summary, version: undefined, ...(isCreatorIn ? {} : { createdByName: undefined }) }
  return { ...nameless, summary, members: [...(chat.members?.values() ?? [])], typing: undefined }
}

/** Where two values differ, as short lines. */
function differences(one: unknown, other: unknown, path = ""): string[] {
  const isDeep = (value: unknown) => typeof value === "object" && value !== null
  if (!isDeep(one) || !isDeep(other))
    return one === other ? [] : [`${path}: ${JSON.stringify(one)} is ${JSON.stringify(other)}`]
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].flatMap((name) => differences(left[name], right[name], `${path}/${name}`))
}
