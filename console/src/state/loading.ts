// Reads from the server what belongs into the state. Events that come meanwhile are neither lost nor counted twice:
// they are noted, and applied once more to what was read.
import { type ChatSummary, FindChats, GetChat, GetMe, GetPresence } from "../api/dtos"
import { call, Failure } from "../api/client"
import { timeNow } from "./clock"
import { persistently } from "./connection"
import type { Happened } from "./events"
import { type Chat, type ChatId, newChat, type Presence, type State } from "./model"
import { apply, content, type OfChat, put, withChat } from "./reducer"
import { update } from "./store"

const CHATS_A_PAGE = 200

const noted = new Set<Happened[]>()

/** Notes an event for all that is being read. */
export function note(event: Happened): void {
  for (const events of noted) events.push(event)
}

/** What a read gives, with the events that came since it began. */
async function withEvents<T>(read: () => Promise<T>): Promise<[T, readonly Happened[]]> {
  const events: Happened[] = []
  noted.add(events)
  try {
    return [await read(), events]
  } finally {
    noted.delete(events)
  }
}

/** Reads something of a chat that is known, such as a page of messages, and changes the chat by it. */
export async function readInto<T>(
  chatId: ChatId,
  read: () => Promise<T>,
  change: (chat: Chat, found: T) => Chat,
): Promise<void> {
  const [found, events] = await withEvents(read)
  update((now) =>
    withChat(now, chatId, (chat) => {
      let changed = change(chat, found)
      for (const event of events) if (isOf(event, chatId)) changed = content(changed, event, now.me.userId)
      return changed
    }),
  )
}

/** Reads chats, and adds those that are not known. The others are as new as the events. */
async function readNew(read: () => Promise<readonly ChatSummary[]>, hasPins: boolean): Promise<void> {
  const [found, events] = await withEvents(read)
  update((now) => {
    const chats = new Map(now.chats)
    for (const summary of found) if (!chats.has(summary.chatId)) chats.set(summary.chatId, newChat(summary, hasPins))
    const ids = new Set(found.map(({ chatId }) => chatId))
    let changed: State = { ...now, chats }
    for (const event of events)
      if ("chatId" in event.data && ids.has(event.data.chatId)) changed = apply(changed, event, timeNow())
    return changed
  })
}

function isOf(event: Happened, chatId: ChatId): event is OfChat {
  return "version" in event.data && event.data.chatId === chatId
}

export interface FirstRead {
  readonly state: State
  /** Where the other pages of chats begin, if there are any. */
  readonly nextCursor: string | undefined
}

/** Reads who is signed in, the first page of their chats, and the chat that is open. Throws a `Failure`. */
export async function readState(stop: AbortSignal, openChatId: ChatId | undefined): Promise<FirstRead> {
  const [mine, page] = await Promise.all([call(new GetMe(), stop), call(new FindChats({ take: CHATS_A_PAGE }), stop)])
  if (!mine.me) throw new Failure("unavailable", "GetMe returned nobody.")
  const chats = new Map(page.chats.map((chat) => [chat.chatId, newChat(chat)]))
  if (openChatId !== undefined && page.nextCursor && !chats.has(openChatId)) {
    for (const chat of await summaries(openChatId, stop)) chats.set(openChatId, newChat(chat, true))
  }
  return {
    state: { me: mine.me, chats, hasAllChats: !page.nextCursor, presence: new Map() },
    nextCursor: page.nextCursor,
  }
}

/** Reads the other pages of chats. Throws a `Failure`. */
export async function readOtherChats(first: string | undefined, stop: AbortSignal): Promise<void> {
  let cursor = first
  while (cursor) {
    const from = cursor
    const page = () => call(new FindChats({ take: CHATS_A_PAGE, cursor: from }), stop)
    await readNew(async () => {
      const { chats, nextCursor } = await persistently(page, stop)
      cursor = nextCursor
      return chats
    }, false)
  }
  if (!stop.aborted) update((now) => ({ ...now, hasAllChats: true }))
}

const onTheirWay = new Map<ChatId, Promise<void>>()

/** Reads a chat that is not known. Nothing happens if the person is not in it. Throws a `Failure`. */
export function readChat(chatId: ChatId): Promise<void> {
  const going = onTheirWay.get(chatId)
  if (going) return going
  const read = readNew(() => summaries(chatId), true).finally(() => onTheirWay.delete(chatId))
  onTheirWay.set(chatId, read)
  return read
}

async function summaries(chatId: ChatId, stop?: AbortSignal): Promise<readonly ChatSummary[]> {
  try {
    const { chat } = await call(new GetChat({ chatId }), stop)
    return chat ? [chat] : []
  } catch (error) {
    if (error instanceof Failure && error.reason === "missing") return []
    throw error
  }
}

/** Reads what events do not tell of a chat that is known: its pins, and who its first members are. */
export async function readPins(chatId: ChatId): Promise<void> {
  await readInto(
    chatId,
    () => call(new GetChat({ chatId })),
    (chat, { chat: read }) =>
      read ? { ...chat, hasPins: true, summary: { ...chat.summary, pins: read.pins, members: read.members } } : chat,
  )
}

/** Reads who is there. While a stream was closed nobody told. */
export async function readPresence(): Promise<void> {
  const [{ presences }, events] = await withEvents(() => call(new GetPresence({ userIds: [] })))
  update((now) => {
    let changed: State = {
      ...now,
      presence: new Map(presences.map((each) => [each.userId, each.presence as Presence])),
    }
    for (const event of events) if (event.kind === "presence.changed") changed = apply(changed, event, timeNow())
    return changed
  })
}

/** Puts a chat that an operation returned into the state, unless events have brought it already. */
export function putChat(summary: ChatSummary): void {
  update((now) => (now.chats.has(summary.chatId) ? now : put(now, summary.chatId, newChat(summary, true))))
}
