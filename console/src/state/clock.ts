// The time as the server knows it. The clock of a device may be wrong by an hour.
import { signal } from "@preact/signals"

const TICK_MS = 30_000

// The header of answers has whole seconds, and answers take a while. Less than this is no error of the clock.
const TOLERANCE_MS = 20_000

let offset = 0

/** The time now, in milliseconds since 1970. Ticks each half minute. */
export const now = signal(Date.now())

/** The time now, to the millisecond. */
export function timeNow(): number {
  return Date.now() + offset
}

/** Learns the time from the `Date` of an answer. */
export function serverSays(date: string | null): void {
  const theirs = Date.parse(date ?? "")
  if (Number.isNaN(theirs)) return
  const difference = theirs - Date.now()
  const found = Math.abs(difference) < TOLERANCE_MS ? 0 : difference
  if (Math.abs(found - offset) < TOLERANCE_MS) return
  offset = found
  now.value = timeNow()
}

/** Lets `now` tick. */
export function startClock(): void {
  setInterval(() => (now.value = timeNow()), TICK_MS)
  document.addEventListener("visibilitychange", () => (now.value = timeNow()))
}
