import { fullTime, shortTime } from "../text/times"
import { now } from "../state/clock"

/** A short time that stays right while the page is open. The whole date is its title, and is read out. */
export function Time({ date, className = "time" }: { date: string; className?: string }) {
  const whole = fullTime(date)
  return (
    <time class={className} dateTime={date} title={whole}>
      <span aria-hidden="true">{shortTime(date, now.value)}</span>
      <span class="unseen">{whole}</span>
    </time>
  )
}
