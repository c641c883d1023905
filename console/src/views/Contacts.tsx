// The people of the agency whom one may write to.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Avatar } from "../components/Avatar"
import { Icon } from "../components/Icon"
import { Failed, Skeleton } from "../components/Loading"
import { useInSight, usePages } from "../components/pages"
import { useRoving } from "../components/roving"
import { go, view } from "../state/address"
import { findPeople } from "../state/people"
import { mayInvite } from "../state/roles"
import { t } from "../text"
import { ListRegion } from "./ListRegion"

interface Props {
  search: string
  chosen: string | undefined
}

export function Contacts({ search, chosen }: Props) {
  const text = useSignal(search)
  const list = useRef<HTMLUListElement>(null)
  useRoving(list)
  useEffect(() => {
    // The address itself: what was drawn may be older than what was typed, and no letter may be lost.
    const shown = view.peek()
    if (shown.name === "contacts" && shown.search.trim() !== text.peek().trim()) text.value = shown.search
  }, [search])
  const pages = usePages(search.trim(), (cursor, stop) => findPeople(search.trim(), cursor, stop))
  const end = useInSight(pages.more)
  return (
    <ListRegion label={t("common.contacts")}>
      <div class="list-head">
        <h1>{t("common.contacts")}</h1>
        {mayInvite.value && (
          <a
            class="icon-button"
            href="/invitations"
            data-view
            aria-label={t("people.invite")}
            title={t("people.invite")}
          >
            <Icon name="plus" />
          </a>
        )}
      </div>
      <form class="search-form" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          class="input"
          data-focus
          aria-label={t("people.search")}
          placeholder={t("people.search")}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
            go(contactsAddress(text.value, chosen), "replace")
          }}
        />
      </form>
      <ul class="list-body" ref={list} aria-busy={pages.isLoading}>
        {pages.items?.map((person) => (
          <li key={person.contactId}>
            <a
              class="entry person"
              href={contactsAddress(search, person.contactId)}
              data-view
              data-item
              aria-current={person.contactId === chosen ? "page" : undefined}
            >
              <Avatar id={person.userId} name={person.name || person.emailAddress || ""} hasJoined={person.hasJoined} />
              <span class="name one-line" dir="auto">
                {person.name || person.emailAddress}
              </span>
              <span class="line one-line">
                {[person.hasJoined ? "" : t("people.notJoined"), person.emailAddress].filter(Boolean).join(" · ")}
              </span>
            </a>
          </li>
        ))}
        {pages.hasMore && <li ref={end} />}
      </ul>
      {pages.items === null && !pages.failure && <Skeleton />}
      {pages.failure !== null && <Failed failure={pages.failure} onRetry={pages.again} />}
      {pages.items?.length === 0 && !pages.isLoading && (
        <div class="empty">
          <p>{t(search.trim() === "" ? "people.none" : "people.noneFound")}</p>
          {mayInvite.value && (
            <a class="button main" href="/invitations" data-view>
              {t("people.invite")}
            </a>
          )}
        </div>
      )}
    </ListRegion>
  )
}

export function contactsAddress(search: string, contactId?: string): string {
  const path = contactId ? `/contacts/${contactId}` : "/contacts"
  return search ? `${path}?${new URLSearchParams({ search })}` : path
}
