// A field in which people are chosen by name or address, and new ones are invited by their address.
import { useSignal } from "@preact/signals"
import { useEffect, useId, useRef } from "preact/hooks"
import type { FoundPerson } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { Icon } from "../components/Icon"
import { Failed, Skeleton } from "../components/Loading"
import { useInSight, usePages } from "../components/pages"
import { findPeople, isAddress } from "../state/people"
import { mayInvite, readInvitableRoles } from "../state/roles"
import { t } from "../text"

/** Somebody who was chosen. A person who is to be invited has no id yet. */
export interface Chosen {
  readonly userId: string | null
  readonly name: string
  readonly emailAddress: string
  readonly hasJoined: boolean
}

interface Props {
  chosen: readonly Chosen[]
  onChange: (chosen: readonly Chosen[]) => void
  /** People who are not offered, by their ids. */
  without?: ReadonlySet<string>
}

export function PeoplePicker({ chosen, onChange, without = new Set() }: Props) {
  const id = useId()
  const query = useSignal("")
  const active = useSignal(0)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => void readInvitableRoles(), [])
  const words = query.value.trim()
  const pages = usePages(words, (cursor, stop) => findPeople(words, cursor, stop))
  const people = (pages.items ?? []).filter((person) => !without.has(person.userId) && !isChosen(chosen, person))
  const isNew = isAddress(words) && !hasAddress(pages.items ?? [], words) && mayInvite.value && !chosen.some((each) => each.emailAddress === words)
  const offers: readonly Chosen[] = isNew ? [newPerson(words), ...people.map(chosenOf)] : people.map(chosenOf)
  const end = useInSight(pages.more)

  function choose(person: Chosen | undefined) {
    if (!person) return
    onChange([...chosen, person])
    query.value = ""
    active.value = 0
    field.current?.focus()
  }
  function onKey(event: KeyboardEvent) {
    if (event.isComposing) return
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      active.value = Math.max(0, Math.min(offers.length - 1, active.value + (event.key === "ArrowDown" ? 1 : -1)))
      document.getElementById(`${id}-${active.value}`)?.scrollIntoView({ block: "nearest" })
    } else if (event.key === "Enter" && words !== "") {
      event.preventDefault()
      choose(offers[active.value])
    } else if (event.key === "Backspace" && query.value === "" && chosen.length > 0) {
      onChange(chosen.slice(0, -1))
    }
  }
  return (
    <div class="picker">
      <div class="picker-field">
        {chosen.map((person) => (
          <span key={person.userId ?? person.emailAddress} class={`chip${person.hasJoined ? "" : " not-joined"}`}>
            <span class="one-line" dir="auto">{person.name}</span>
            <button type="button" aria-label={t("people.unchoose", { name: person.name })} onClick={() => onChange(chosen.filter((each) => each !== person))}>
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={field}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={offers.length > 0 ? `${id}-${active.value}` : undefined}
          aria-autocomplete="list"
          aria-label={t("people.who")}
          placeholder={chosen.length === 0 ? t("people.who") : ""}
          autocomplete="off"
          autofocus
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value
            active.value = 0
          }}
          onKeyDown={onKey}
        />
      </div>
      <div class="picker-list" role="listbox" id={`${id}-list`} aria-label={t("people.people")} aria-busy={pages.isLoading}>
        {offers.map((person, index) => (
          <div
            key={person.userId ?? "new"}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active.value}
            class="entry person"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(person)}
          >
            <Avatar id={person.userId ?? "0000"} name={person.name} hasJoined={person.hasJoined} />
            <span class="name one-line" dir="auto">{person.userId ? person.name : t("people.inviteOne", { name: person.name })}</span>
            <span class="line one-line">{describe(person)}</span>
          </div>
        ))}
      </div>
      {pages.items === null && !pages.failure && <Skeleton rows={4} />}
      {pages.failure !== null && <Failed failure={pages.failure} onRetry={pages.again} />}
      {pages.items !== null && offers.length === 0 && !pages.failure && <p class="empty small">{t(mayInvite.value ? "people.noneInvite" : "people.noneFound")}</p>}
      {pages.hasMore && <div ref={end} />}
    </div>
  )
}

function describe(person: Chosen): string {
  if (!person.userId) return t("people.inviteHint")
  return [person.emailAddress, person.hasJoined ? "" : t("people.notJoined")].filter(Boolean).join(" · ")
}

function chosenOf(person: FoundPerson): Chosen {
  const { userId, name, emailAddress, hasJoined } = person
  return { userId, name: name || emailAddress || "", emailAddress: emailAddress ?? "", hasJoined }
}

function newPerson(emailAddress: string): Chosen {
  return { userId: null, name: emailAddress, emailAddress, hasJoined: false }
}

function isChosen(chosen: readonly Chosen[], person: FoundPerson): boolean {
  return chosen.some((each) => each.userId === person.userId)
}

function hasAddress(people: readonly FoundPerson[], address: string): boolean {
  return people.some((person) => person.emailAddress?.toLowerCase() === address.toLowerCase())
}
