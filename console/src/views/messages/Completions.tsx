// What the composer offers while somebody types `@` or `:`.
import { type Signal, useSignal } from "@preact/signals"
import type { RefObject } from "preact"
import { useId, useRef } from "preact/hooks"
import { Avatar } from "../../components/Avatar"
import { type Option, Options, useWalk } from "../../components/Combobox"
import { language, t } from "../../text"
import type { Named } from "../../text/markdown"
import type { People } from "./people"
import { complete, type Completing, completingAt, MOST_OFFERED, peopleFor } from "./completing"

interface Offer extends Option {
  /** What is put into the text. */
  readonly word: string
  readonly label: string
  readonly person: Named | null
}

interface Offered {
  readonly completing: Completing
  readonly offers: readonly Offer[]
}

// The server is asked for people when the writer pauses.
const REST_MS = 150

export function useCompletions(
  field: RefObject<HTMLTextAreaElement | null>,
  text: Signal<string>,
  people: People,
  write: (text: string) => void,
) {
  const offered = useSignal<Offered | null>(null)
  const id = useId()
  const { at, walk, begin } = useWalk(offered.value?.offers ?? [], true)
  const latest = useRef(people)
  latest.current = people

  /** Counts what ends a search: the writer goes on, chooses, or wants no offers. */
  const round = useRef(0)

  async function look() {
    const mine = ++round.current
    await offer()
    const { meet } = latest.current
    const completing = completingAt(text.peek(), field.current?.selectionEnd ?? 0)
    if (!meet || completing?.mark !== "@" || completing.query === "") return
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    if (mine !== round.current) return
    await meet(completing.query).catch(() => undefined)
    // By the next frame those who were found are known.
    requestAnimationFrame(() => mine === round.current && void offer())
  }

  async function offer() {
    const caret = field.current?.selectionEnd ?? 0
    const completing = completingAt(text.peek(), caret)
    const offers = completing ? await offersFor(completing, latest.current.known) : []
    // The writer may have gone on while the emoji were loaded.
    const isCurrent = field.current?.selectionEnd === caret
    if (!isCurrent) return
    const isSame =
      offers.map(({ key }) => key).join() ===
      offered
        .peek()
        ?.offers.map(({ key }) => key)
        .join()
    if (!isSame) begin()
    offered.value = completing && offers.length > 0 ? { completing, offers } : null
  }

  function put(changed: string, caret: number) {
    write(changed)
    const { current } = field
    if (!current) return
    current.value = changed
    current.focus()
    current.setSelectionRange(caret, caret)
  }

  function choose(offer: Offer) {
    const current = offered.value
    if (!current) return
    const done = complete(text.peek(), field.current?.selectionEnd ?? 0, current.completing, offer.word)
    close()
    put(done.text, done.caret)
  }

  /** Puts a word where the caret is. */
  function insert(word: string) {
    const { selectionStart = 0, selectionEnd = 0 } = field.current ?? {}
    put(text.peek().slice(0, selectionStart) + word + text.peek().slice(selectionEnd), selectionStart + word.length)
  }

  function onKey(event: KeyboardEvent): boolean {
    const current = offered.value
    if (!current) return false
    const offer = current.offers[at]
    if ((event.key === "Enter" || event.key === "Tab") && offer) choose(offer)
    else if (event.key === "Escape") close()
    else if (!walk(event.key)) return false
    event.preventDefault()
    return true
  }

  function close() {
    round.current += 1
    offered.value = null
  }
  const attributes = offered.value ? { "aria-controls": id, "aria-activedescendant": `${id}-${at}` } : {}
  return { id, at, offered: offered.value, look, close, choose, insert, onKey, attributes }
}

async function offersFor({ mark, query }: Completing, people: readonly Named[]): Promise<readonly Offer[]> {
  if (mark === "@") {
    return peopleFor(query, people).map((person) => ({
      key: person.userId,
      word: `@${person.name}`,
      label: person.name,
      person,
    }))
  }
  const { emojiFor } = await import("../../text/emoji")
  return emojiFor(query, language.value)
    .slice(0, MOST_OFFERED)
    .map(({ emoji, name }) => ({ key: emoji, word: emoji, label: `${emoji} ${name}`, person: null }))
}

export function Completions({
  id,
  at,
  offered,
  choose,
}: Pick<ReturnType<typeof useCompletions>, "id" | "at" | "offered" | "choose">) {
  if (!offered) return null
  return (
    <Options
      id={id}
      at={at}
      label={t("messages.offers")}
      className="completions"
      options={offered.offers}
      show={shown}
      onChoose={choose}
    />
  )
}

function shown({ person, label }: Offer) {
  return (
    <>
      {person && person.userId !== "" && <Avatar id={person.userId} name={person.name} isSmall />}
      <span class="one-line" dir="auto">
        {label}
      </span>
    </>
  )
}
