// Keeps the state up with the server: the cursor first, then the state, then what happened since, then the stream.
//
// One tab of a browser has the stream, and tells the others what it hears. Each tab has its own cursor and its own
// state. Whenever a stream was opened, each catches up from its cursor, and what the stream says meanwhile waits.
import { batch } from "@preact/signals"
import { GetEvents, type GetEventsResponse } from "../api/dtos"
import { call, Failure } from "../api/client"
import { timeNow } from "./clock"
import { connection, persistently } from "./connection"
import { keepDrafts } from "./drafts"
import { type Happened, happenedIn } from "./events"
import { note, readChat, readOtherChats, readPins, readPresence, readState } from "./loading"
import { MEMBERS_SHOWN, type State } from "./model"
import { arrived, arrivedUnheard } from "./outbox"
import { opened, readAgain as readPaneAgain, retryFailed } from "./pane"
import { apply, put, withoutPast } from "./reducer"
import { state, update } from "./store"
import { keepStream } from "./stream"
import { alone, hear, inPlaceOfOther, tell } from "./tabs"

export { connection } from "./connection"

const MOST_EVENTS = 200

// A browser may stop a tab that nobody looks at, even if it has the stream. Then a tab in sight takes it.
const TELL_MS = 10_000
const SILENT_MS = 45_000

/** What the feed needs to know of whoever is signed in. */
export interface Person {
  /** The stream belongs to somebody else, or nobody is signed in. */
  changed(userId: string): void
}

let cursor = ""
/** Events that wait until everything before them was applied. Null while they are applied as they come. */
let waiting: Happened[] | null = []
let isCatchingUp = false
let mustCatchUpAgain = false
let isLeader = false
/** When another tab last told of its stream. */
let tabHeard = 0
let stopping = new AbortController()
let person: Person = { changed: () => {} }

/** Reads the state, and follows the events from then on until it is stopped. Throws a `Failure`. */
export async function follow(whose: Person): Promise<void> {
  stop()
  const { signal } = stopping
  person = whose
  await readEverything(signal)
  if (signal.aborted) return
  tell({ kind: "hello" })
  tabHeard = Date.now()
  void queue(signal, alone)
  const watch = setInterval(() => {
    if (isLeader || document.visibilityState !== "visible" || Date.now() - tabHeard < SILENT_MS) return
    tabHeard = Date.now()
    void queue(signal, inPlaceOfOther)
  }, TELL_MS)
  signal.addEventListener("abort", () => clearInterval(watch))
}

/** Waits until this tab has the stream, and again if another one has taken it. */
async function queue(signal: AbortSignal, how: typeof alone): Promise<void> {
  const turn = new AbortController()
  const end = () => turn.abort()
  signal.addEventListener("abort", end)
  try {
    await how("parlour-stream", () => lead(turn.signal))
  } catch {
    end()
    if (!signal.aborted) void queue(signal, alone)
  }
}

/** Forgets the stream. The state stays. */
export function stop(): void {
  stopping.abort()
  stopping = new AbortController()
  waiting = []
  isLeader = false
  isCatchingUp = mustCatchUpAgain = false
  connection.value = navigator.onLine ? "connecting" : "offline"
}

/** Whether this tab has the stream, and does what one tab does for all. */
export function leads(): boolean {
  return isLeader
}

async function readEverything(signal: AbortSignal): Promise<void> {
  cursor = (await call(new GetEvents(), signal)).nextCursor ?? ""
  const read = await readState(signal, opened.value?.chatId)
  if (signal.aborted) return
  batch(() => {
    const known = state.value?.me.userId === read.state.me.userId ? state.value : null
    if (known) keepDrafts(known, read.state)
    state.value = known ? keeping(read.state, known) : read.state
  })
  void readOtherChats(read.nextCursor, signal).catch(ignored)
}

/** A state that was read, with the open chat's messages from before, so that its view stays until they are read again. */
function keeping(read: State, known: State): State {
  if (!opened.value) return read
  const { chatId } = opened.value
  const [before, after] = [known.chats.get(chatId), read.chats.get(chatId)]
  if (!before || !after) return read
  return put(read, chatId, { ...after, stretch: before.stretch })
}

async function lead(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  isLeader = true
  const followConnection = connection.subscribe((value) => tell({ kind: "connection", connection: value }))
  const telling = setInterval(() => tell({ kind: "connection", connection: connection.value }), TELL_MS)
  let whose = ""
  await keepStream(
    {
      opened(userId) {
        whose = userId
        tell({ kind: "opened", userId })
        openedFor(userId)
      },
      heard(event, behind) {
        if (event) {
          tell({ kind: "event", userId: whose, event })
          hearEvent(whose, event)
        } else if (!waiting) cursor = behind
      },
      // Why it could not be opened: the answer to another call tells.
      refused: () =>
        call(new GetEvents(), signal).then(
          () => {},
          () => {},
        ),
    },
    signal,
  )
  followConnection()
  clearInterval(telling)
  isLeader = false
}

hear("event", ({ userId, event }) => hearEvent(userId, event))
hear("opened", ({ userId }) => openedFor(userId))
hear("hello", () => isLeader && tell({ kind: "connection", connection: connection.value }))
hear("connection", (told) => {
  tabHeard = Date.now()
  if (isLeader || !state.value) return
  connection.value = told.connection
  // The first sign of the stream: from now on its events are heard.
  if (told.connection === "live" && waiting) void catchUp().catch(ignored)
})

/** What does not pass by itself: nobody is signed in, and `session.ts` has heard of that; or what was to be read is gone. */
function ignored(): void {}

function openedFor(userId: string): void {
  if (!state.value) return
  if (userId !== state.value.me.userId) return person.changed(userId)
  connection.value = "live"
  void catchUp().catch(ignored)
}

function hearEvent(userId: string, event: Happened): void {
  if (userId !== state.value?.me.userId) return
  if (waiting) waiting.push(event)
  else take(event)
}

/** Applies what happened since the cursor, and then what came meanwhile. Tries until that was possible. */
async function catchUp(): Promise<void> {
  waiting ??= []
  mustCatchUpAgain = isCatchingUp
  if (isCatchingUp) return
  isCatchingUp = true
  const { signal } = stopping
  try {
    let known: ReadonlySet<string>
    do {
      mustCatchUpAgain = false
      known = await persistently(() => takeMissed(signal), signal)
      if (signal.aborted) return
    } while (mustCatchUpAgain)
    takeWaiting(known)
    retryFailed()
    void readPresence().catch(ignored)
  } finally {
    if (!signal.aborted) isCatchingUp = false
  }
}

/** Applies all events behind the cursor. Returns their own cursors. */
async function takeMissed(signal: AbortSignal): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (;;) {
    const { events, nextCursor, isGap } = await call(new GetEvents({ cursor, take: MOST_EVENTS }), signal).catch(asGap)
    if (signal.aborted) return known
    if (isGap) {
      await readEverything(signal)
      if (signal.aborted) return known
      arrivedUnheard()
      await persistently(readPaneAgain, signal).catch(ignored)
      return known
    }
    batch(() => {
      for (const event of events) {
        known.add(event.cursor ?? "")
        const happened = happenedIn(event)
        if (happened) take(happened)
      }
    })
    cursor = nextCursor ?? cursor
    if (events.length === 0) return known
  }
}

/** A server that does not know its own cursor any more, as after a restored backup, has another past. */
function asGap(error: unknown): Pick<GetEventsResponse, "events" | "nextCursor" | "isGap"> {
  if (error instanceof Failure && error.reason === "refused") return { events: [], isGap: true }
  throw error
}

function takeWaiting(known: ReadonlySet<string>): void {
  const events = waiting ?? []
  waiting = null
  batch(() => {
    for (const event of events) if (isPassing(event) || !known.has(event.cursor)) take(event)
  })
}

/** What happens at this moment only has the cursor of the event before it. */
function isPassing(event: Happened): boolean {
  return event.kind === "chat.typing" || event.kind === "presence.changed"
}

function take(event: Happened): void {
  const known = state.value
  if (!known) return
  note(event)
  batch(() => {
    state.value = apply(known, event, timeNow())
    if (event.kind === "chat.messageSent" && event.data.message) arrived(event.data.message.chatMessageId)
  })
  if (!isPassing(event)) cursor = event.cursor
  readWhatIsMissing(event)
}

/** Reads what an event announces but does not contain. */
function readWhatIsMissing(event: Happened): void {
  if (event.kind === "chat.typing") {
    setTimeout(() => update((now) => withoutPast(now, timeNow())), 8_100)
    return
  }
  if (!("version" in event.data)) return
  const { chatId } = event.data
  const chat = state.value?.chats.get(chatId)
  if (!chat) {
    if (event.kind !== "chat.memberLeft") void persistently(() => readChat(chatId), stopping.signal).catch(ignored)
    return
  }
  const shown = Math.min(MEMBERS_SHOWN, chat.summary.memberCount)
  const lacksPins = event.kind === "chat.messagePinned" && !chat.hasPins && opened.value?.chatId === chatId
  if (lacksPins || (event.kind === "chat.memberLeft" && chat.summary.members.length < shown)) {
    void persistently(() => readPins(chatId), stopping.signal).catch(ignored)
  }
}
