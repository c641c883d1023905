// Completion in the composer: what is being completed, and what fits.
import { folded } from "../../text/folding"
import type { Named } from "../../text/markdown"

export interface Completing {
  readonly mark: "@" | ":"
  readonly query: string
  /** Where the mark stands in the text. */
  readonly start: number
}

// A name may have several words. Longer ones are found by their beginning.
const LONGEST = 40

/** What the writer is completing at the caret. Null if nothing. */
export function completingAt(text: string, caret: number): Completing | null {
  const before = text.slice(Math.max(0, caret - LONGEST), caret)
  const emoji = /(?:^|[\s(])(:([\p{L}\p{N}_+-]{2,}))$/u.exec(before)
  if (emoji) return { mark: ":", query: emoji[2] ?? "", start: caret - (emoji[1] ?? "").length }
  const name = /(?:^|[^\p{L}\p{N}@])(@([^\s@](?:[^@\n]*[^\s@])?|))$/u.exec(before)
  return name ? { mark: "@", query: name[2] ?? "", start: caret - (name[1] ?? "").length } : null
}

// More would cover the messages.
export const MOST_OFFERED = 8

/** People whose name has a word that begins like this, in the order they are given. */
export function peopleFor(query: string, people: readonly Named[]): readonly Named[] {
  const sought = folded(query)
  const fits = (name: string) => name.startsWith(sought) || name.includes(` ${sought}`)
  return people.filter(({ name }) => fits(folded(name))).slice(0, MOST_OFFERED)
}

export interface Completed {
  readonly text: string
  readonly caret: number
}

/** The text with the completed word in place of what was begun. A blank follows unless there is something that ends words. */
export function complete(text: string, caret: number, { start }: Completing, word: string): Completed {
  const after = text.slice(caret)
  const blank = /^(?:$|[\p{L}\p{N}@:])/u.test(after) ? " " : ""
  const isBehindBlank = blank !== "" || /^\s/.test(after)
  return { text: text.slice(0, start) + word + blank + after, caret: start + word.length + (isBehindBlank ? 1 : 0) }
}
