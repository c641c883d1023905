// Whether events arrive, and the pauses between tries to reach the server.
import { signal } from "@preact/signals"
import { Failure } from "../api/client"

export type Connection = "connecting" | "live" | "offline"

/** Whether events arrive at this moment. */
export const connection = signal<Connection>("connecting")

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** How long to wait before a try: longer each time, and never the same for all browsers of a server that was restarted. */
export function pauseBefore(attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
  return longest * (0.5 + Math.random() / 2)
}

/** Waits, but not on when the network is back, or when a person looks. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms)
    function end(): void {
      clearTimeout(timer)
      removeEventListener("online", end)
      document.removeEventListener("visibilitychange", ifVisible)
      stop.removeEventListener("abort", end)
      resolve()
    }
    function ifVisible(): void {
      if (document.visibilityState === "visible") end()
    }
    addEventListener("online", end)
    document.addEventListener("visibilitychange", ifVisible)
    stop.addEventListener("abort", end)
    if (stop.aborted) end()
  })
}

/** Runs something until it succeeds, or fails for a reason that does not pass by itself. */
export async function persistently<T>(run: () => Promise<T>, stop: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof Failure) || !error.isPassing || stop.aborted) throw error
      await pause(error.details.retryAfter ?? pauseBefore(attempt), stop)
    }
  }
}
