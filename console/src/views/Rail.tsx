// The places of the console: at the side, or at the foot of a phone.
import { useEffect, useRef } from "preact/hooks"
import { now } from "../state/clock"
import { Icon } from "../components/Icon"
import { useRoving } from "../components/roving"
import { badgeOf } from "../state/listing"
import { mayInvite, readInvitableRoles } from "../state/roles"
import { me, state } from "../state/store"
import { type Key, t } from "../text"

type Place = "chats" | "contacts" | "invitations" | "administration" | "me"

const PLACES: readonly { name: Place; words: Key }[] = [
  { name: "chats", words: "common.chats" },
  { name: "contacts", words: "common.contacts" },
  { name: "invitations", words: "common.invitations" },
  { name: "administration", words: "common.administration" },
  { name: "me", words: "common.me" },
]

export function Rail({ current }: { current: string }) {
  const rail = useRef<HTMLElement>(null)
  useRoving(rail)
  useEffect(() => void readInvitableRoles(), [])
  return (
    <nav class="rail" ref={rail} aria-label={t("common.main")} data-region>
      {PLACES.filter(({ name }) => isOffered(name)).map(({ name, words }) => (
        <a
          key={name}
          href={`/${name}`}
          data-view
          data-item
          class={name === "me" ? "last" : ""}
          aria-current={name === current ? "page" : undefined}
          title={t(words)}
        >
          <Icon name={name} />
          <span class="place" aria-hidden="true">
            {t(name === "administration" ? "common.admin" : words)}
          </span>
          <span class="unseen">{t(words)}</span>
          {name === "chats" && <Badge />}
        </a>
      ))}
    </nav>
  )
}

function isOffered(place: Place): boolean {
  if (place === "administration") return me.value?.roles.includes("Administrator") ?? false
  return place !== "invitations" || mayInvite.value
}

function Badge() {
  const count = badgeOf(state.value?.chats.values() ?? [], now.value)
  if (count === 0) return null
  return (
    <span class="count">
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span class="unseen">{t("chats.unread", { count })}</span>
    </span>
  )
}
