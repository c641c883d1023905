// The stream of events. One tab of a browser has it (see `feed.ts`), and tells the others.
import { forPerson } from "../api/person"
import { connection, pause, pauseBefore } from "./connection"
import type { Happened, Kind } from "./events"

// The server closes a stream after thirty seconds without a heartbeat.
const HEARTBEAT_MS = 10_000
const LOST_AFTER_MS = 30_000
const LONGEST_OPENING_MS = 10_000

// A short break is not worth a word.
const GRACE_MS = 1_500

export interface Listener {
  /** A stream is open. Events since an earlier one are not sent again. `userId` is whose events it has. */
  opened(userId: string): void
  /** Something happened, or only the cursor moved. */
  heard(event: Happened | null, cursor: string): void
  /** No stream could be opened. */
  refused(): Promise<void>
}

/** Keeps a stream open until it is stopped. */
export async function keepStream(listener: Listener, stop: AbortSignal): Promise<void> {
  let attempt = 0
  while (!stop.aborted) {
    const wasOpen = await oneStream(listener, stop)
    if (stop.aborted) return
    attempt = wasOpen ? 0 : attempt + 1
    if (!navigator.onLine) connection.value = "offline"
    else if (!wasOpen) connection.value = "connecting"
    if (!wasOpen && navigator.onLine) await listener.refused()
    if (attempt > 0 || !navigator.onLine) await pause(pauseBefore(attempt), stop)
  }
}

/** Opens a stream, and returns when it has ended, with whether it was open. */
function oneStream(listener: Listener, stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new EventSource("/event-stream")
    const heart = new Heart(end)
    const late = setTimeout(() => (connection.value = "connecting"), GRACE_MS)
    const ending = [late, setTimeout(() => isOpen || end(), LONGEST_OPENING_MS)]
    let isOpen = false

    function end(): void {
      source.close()
      heart.stop()
      ending.forEach(clearTimeout)
      removeEventListener("offline", end)
      stop.removeEventListener("abort", end)
      resolve(isOpen)
    }
    addEventListener("offline", end)
    stop.addEventListener("abort", end)
    // The browser would try again by itself, but neither with longer and longer pauses nor after every error.
    source.onerror = end
    source.onmessage = ({ data, lastEventId }) => {
      const [selector, body] = parts(String(data))
      if (selector === "cmd.onConnect") {
        const { userId, isAuthenticated, heartbeatUrl } = body as Record<string, string>
        if (isAuthenticated !== "true") return end()
        isOpen = true
        clearTimeout(late)
        heart.start(heartbeatUrl ?? "", userId)
        listener.opened(userId ?? "")
      } else if (selector === "cmd.onHeartbeat") {
        heart.answered()
        listener.heard(null, lastEventId)
      } else {
        heart.beatIfDue()
        listener.heard(
          /^(chat|me|presence)\./.test(selector) ? happened(selector, lastEventId, body) : null,
          lastEventId,
        )
      }
    }
  })
}

function parts(text: string): [string, unknown] {
  const blank = text.indexOf(" ")
  const body = text.slice(blank + 1)
  return [text.slice(0, blank), body.startsWith("{") ? JSON.parse(body) : null]
}

function happened(kind: string, cursor: string, data: unknown): Happened {
  return { kind: kind as Kind, cursor, data } as Happened
}

/** Sends heartbeats, and finds that the connection is lost: the device slept, or nobody answers. */
class Heart {
  private url = ""
  private userId: string | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private beaten = 0
  private isAnswered = true

  constructor(private readonly lost: () => void) {}

  start(url: string, userId: string | undefined): void {
    this.userId = userId
    // The path alone: behind a proxy the server may know itself by another name.
    const { pathname, search } = new URL(url, location.href)
    this.url = pathname + search
    this.beaten = Date.now()
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS)
  }

  stop(): void {
    clearInterval(this.timer)
    this.url = ""
  }

  answered(): void {
    this.isAnswered = true
  }

  /** In a hidden tab timers are slow. Then events remind of a heartbeat. */
  beatIfDue(): void {
    if (Date.now() - this.beaten > HEARTBEAT_MS) this.beat()
  }

  private beat(): void {
    if (!this.url) return
    const rested = Date.now() - this.beaten
    if (rested > LOST_AFTER_MS || (!this.isAnswered && rested >= HEARTBEAT_MS - 500)) return this.lost()
    this.beaten = Date.now()
    this.isAnswered = false
    const { url } = this
    fetch(url, { method: "POST", headers: forPerson(this.userId), signal: AbortSignal.timeout(HEARTBEAT_MS) }).then(
      ({ ok }) => ok || (this.url === url && this.lost()),
      () => this.url === url && this.lost(),
    )
  }
}
