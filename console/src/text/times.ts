// Times as people say them: relative for an hour, then the clock, then the date.
import { computed } from "@preact/signals"
import { locale } from "."

// Making a format takes longer than using it, and a list has hundreds of times.
const formats = computed(() => {
  const tag = locale.value
  return {
    relative: new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" }),
    ahead: new Intl.RelativeTimeFormat(tag),
    dayMonth: new Intl.DateTimeFormat(tag, { day: "numeric", month: "short" }),
    date: new Intl.DateTimeFormat(tag, { dateStyle: "medium" }),
    clock: new Intl.DateTimeFormat(tag, { timeStyle: "short" }),
    day: new Intl.DateTimeFormat(tag, { dateStyle: "full" }),
    dateAndClock: new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }),
    whole: new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" }),
  }
})

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A short time for lists. `date` is ISO 8601, `now` in ms since 1970. */
export function shortTime(date: string, now: number): string {
  const then = new Date(date)
  // What is newer than the last tick of the clock is new, and not in the future.
  const passed = Math.max(now - then.getTime(), 0)
  if (passed < HOUR) {
    const { relative } = formats.value
    return passed < MINUTE ? relative.format(0, "second") : relative.format(-Math.floor(passed / MINUTE), "minute")
  }
  if (sameDay(then, new Date(now))) return clock(date)
  const sameYear = then.getFullYear() === new Date(now).getFullYear()
  return (sameYear ? formats.value.dayMonth : formats.value.date).format(then)
}

/** How long to wait, such as `in 5 minutes`. */
export function fromNow(ms: number): string {
  const { ahead } = formats.value
  if (ms < 2 * MINUTE) return ahead.format(Math.ceil(ms / 1_000), "second")
  if (ms < 2 * HOUR) return ahead.format(Math.ceil(ms / MINUTE), "minute")
  return ahead.format(Math.ceil(ms / HOUR), "hour")
}

export function clock(date: string): string {
  return formats.value.clock.format(new Date(date))
}

export function day(date: string): string {
  return formats.value.day.format(new Date(date))
}

/** The date and the clock, for times that are days away. */
export function dateAndClock(date: string): string {
  return formats.value.dateAndClock.format(new Date(date))
}

/** The whole date, for a title and for screen readers. */
export function fullTime(date: string): string {
  return formats.value.whole.format(new Date(date))
}

export function sameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString()
}
