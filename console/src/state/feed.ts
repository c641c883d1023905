// The events of the server: what was missed since a cursor first, then the stream.
import { signal } from "@preact/signals"
import { GetEvents } from "../api/dtos"
import { call, Failure } from "../api/client"
import { type Happened, happenedIn, type Kind } from "./events"
import { apply } from "./reducer"
import { isSignedOut, readChat, readState, state, update } from "./store"

export type Connection = "connecting" | "live" | "offline"

/** Whether events arrive at this moment. */
export const connection = signal<Connection>("connecting")

let cursor = ""
let stream: EventSource | null = null

/** Reads the state and follows the events from then on. The cursor comes first, so that no event is missed. */
export async function start(): Promise<void> {
  try {
    cursor = (await call(new GetEvents())).nextCursor ?? ""
    state.value = await readState()
    isSignedOut.value = false
    await follow()
  } catch (error) {
    if (error instanceof Failure && error.reason === "signedOut") isSignedOut.value = true
    else throw error
  }
}

export function stop(): void {
  stream?.close()
  stream = null
}

async function follow(): Promise<void> {
  stop()
  stream = new EventSource("/event-stream")
  stream.onopen = () => {
    connection.value = "live"
    void catchUp()
  }
  stream.onerror = () => {
    connection.value = navigator.onLine ? "connecting" : "offline"
  }
  stream.onmessage = (message) => {
    const text = String(message.data)
    const blank = text.indexOf(" ")
    const selector = text.slice(0, blank)
    if (!selector.startsWith("chat.") && !selector.startsWith("me.") && !selector.startsWith("presence.")) return
    take({ kind: selector as Kind, cursor: message.lastEventId, data: JSON.parse(text.slice(blank + 1)) } as Happened)
  }
}

async function catchUp(): Promise<void> {
  const { events, nextCursor } = await call(new GetEvents({ cursor, take: 200 }))
  for (const event of events) {
    const happened = happenedIn(event)
    if (happened) take(happened)
  }
  cursor = nextCursor ?? cursor
}

function take(event: Happened): void {
  const known = state.value
  if (!known) return
  if (event.kind === "chat.memberJoined" && event.data.member?.userId === known.me.userId) {
    if (!known.chats.has(event.data.chatId)) void readChat(event.data.chatId)
  }
  update((now) => apply(now, event, Date.now()))
  cursor = event.cursor
}
