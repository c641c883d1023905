// What the composer offers while somebody types `@` or `:`.
import { type Signal, useSignal } from "@preact/signals"
import type { RefObject } from "preact"
import { useId } from "preact/hooks"
import { Avatar } from "../../components/Avatar"
import { language, t } from "../../text"
import type { Named } from "../../text/markdown"
import { complete, type Completing, completingAt, MOST_OFFERED, peopleFor } from "./completing"

interface Offer {
  readonly key: string
  /** What is put into the text. */
  readonly word: string
  readonly label: string
  readonly person: Named | null
}

interface Offered {
  readonly completing: Completing
  readonly offers: readonly Offer[]
  readonly chosen: number
}

export function useCompletions(field: RefObject<HTMLTextAreaElement | null>, text: Signal<string>, people: readonly Named[], write: (text: string) => void) {
  const offered = useSignal<Offered | null>(null)
  const id = useId()

  async function look() {
    const caret = field.current?.selectionEnd ?? 0
    const completing = completingAt(text.peek(), caret)
    const offers = completing ? await offersFor(completing, people) : []
    // The writer may have gone on while the emoji were loaded.
    const isCurrent = field.current?.selectionEnd === caret
    if (isCurrent) offered.value = completing && offers.length > 0 ? { completing, offers, chosen: 0 } : null
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
    offered.value = null
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
    const { offers, chosen } = current
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const offer = offers[chosen]
    if (step) offered.value = { ...current, chosen: (chosen + step + offers.length) % offers.length }
    else if ((event.key === "Enter" || event.key === "Tab") && offer) choose(offer)
    else if (event.key === "Escape") offered.value = null
    else return false
    event.preventDefault()
    return true
  }

  const close = () => (offered.value = null)
  const attributes = offered.value
    ? { "aria-controls": id, "aria-activedescendant": `${id}-${offered.value.chosen}` }
    : {}
  return { id, offered: offered.value, look, close, choose, insert, onKey, attributes }
}

async function offersFor({ mark, query }: Completing, people: readonly Named[]): Promise<readonly Offer[]> {
  if (mark === "@") {
    return peopleFor(query, people).map((person) => ({ key: person.userId, word: `@${person.name}`, label: person.name, person }))
  }
  const { emojiFor } = await import("../../text/emoji")
  return emojiFor(query, language.value)
    .slice(0, MOST_OFFERED)
    .map(({ emoji, name }) => ({ key: emoji, word: emoji, label: `${emoji} ${name}`, person: null }))
}

export function Completions({ id, offered, choose }: Pick<ReturnType<typeof useCompletions>, "id" | "offered" | "choose">) {
  if (!offered) return null
  return (
    <div class="completions" id={id} role="listbox" aria-label={t("messages.offers")}>
      {offered.offers.map((offer, index) => (
        <div
          key={offer.key}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === offered.chosen}
          // The field keeps the focus.
          onMouseDown={(event) => {
            event.preventDefault()
            choose(offer)
          }}
        >
          {offer.person && offer.person.userId !== "" && <Avatar id={offer.person.userId} name={offer.person.name} isSmall />}
          <span class="one-line" dir="auto">{offer.label}</span>
        </div>
      ))}
    </div>
  )
}
