// A field in which people are chosen by name or address, and new ones are invited by their address.
import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { FoundPerson } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { Combobox } from "../components/Combobox"
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
  const query = useSignal("")
  useEffect(() => void readInvitableRoles(), [])
  const words = query.value.trim()
  const pages = usePages(words, (cursor, stop) => findPeople(words, cursor, stop))
  const people = (pages.items ?? []).filter((person) => !without.has(person.userId) && !isChosen(chosen, person))
  const isNew =
    isAddress(words) &&
    !hasAddress(pages.items ?? [], words) &&
    mayInvite.value &&
    !chosen.some((each) => each.emailAddress === words)
  const offers = [...(isNew ? [newPerson(words)] : []), ...people.map(chosenOf)].map((person) => ({
    key: person.userId ?? "new",
    person,
  }))
  const end = useInSight(pages.more)
  return (
    <div class="picker">
      <Combobox
        label={t("people.who")}
        placeholder={chosen.length === 0 ? t("people.who") : ""}
        query={query}
        before={chosen.map((person) => (
          <span key={person.userId ?? person.emailAddress} class={`chip${person.hasJoined ? "" : " not-joined"}`}>
            <span class="one-line" dir="auto">
              {person.name}
            </span>
            <button
              type="button"
              aria-label={t("people.unchoose", { name: person.name })}
              onClick={() => onChange(chosen.filter((each) => each !== person))}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        fieldClass="picker-field"
        listLabel={t("people.people")}
        className="picker-list"
        options={offers}
        optionClass="entry person"
        show={({ person }) => shown(person)}
        // Without words Enter is for the form, unless somebody walked to a person.
        takesFirst={words !== ""}
        onChoose={({ person }) => {
          onChange([...chosen, person])
          query.value = ""
        }}
        onKey={({ key }) => key === "Backspace" && query.value === "" && onChange(chosen.slice(0, -1))}
        isBusy={pages.isLoading}
      >
        {pages.hasMore && <div ref={end} />}
      </Combobox>
      {pages.items === null && !pages.failure && <Skeleton rows={4} />}
      {pages.failure !== null && <Failed failure={pages.failure} onRetry={pages.again} />}
      {pages.items !== null && offers.length === 0 && !pages.failure && (
        <p class="empty small">{t(mayInvite.value ? "people.noneInvite" : "people.noneFound")}</p>
      )}
    </div>
  )
}

function shown(person: Chosen) {
  return (
    <>
      <Avatar id={person.userId ?? "0000"} name={person.name} hasJoined={person.hasJoined} />
      <span class="name one-line" dir="auto">
        {person.userId ? person.name : t("people.inviteOne", { name: person.name })}
      </span>
      <span class="line one-line">{describe(person)}</span>
    </>
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
