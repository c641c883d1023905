// Times as people say them: relative for an hour, then the clock, then the date.
import { language } from "."

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A short time for lists. `date` is ISO 8601, `now` in ms since 1970. */
export function shortTime(date: string, now: number): string {
  const then = new Date(date)
  const passed = now - then.getTime()
  if (passed >= 0 && passed < HOUR) {
    const relative = new Intl.RelativeTimeFormat(language.value, { numeric: "auto", style: "narrow" })
    return passed < MINUTE ? relative.format(0, "second") : relative.format(-Math.floor(passed / MINUTE), "minute")
  }
  if (sameDay(then, new Date(now))) return clock(date)
  const sameYear = then.getFullYear() === new Date(now).getFullYear()
  const style = sameYear ? ({ day: "numeric", month: "short" } as const) : ({ dateStyle: "medium" } as const)
  return new Intl.DateTimeFormat(language.value, style).format(then)
}

export function clock(date: string): string {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit" }).format(new Date(date))
}

export function day(date: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "full" }).format(new Date(date))
}

/** The whole date, for a title and for screen readers. */
export function fullTime(date: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "full", timeStyle: "short" }).format(new Date(date))
}

export function sameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString()
}
