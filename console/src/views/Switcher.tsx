// Ctrl+K: goes to a chat or to a person, or does something, by a few letters of its name.
import { useSignal } from "@preact/signals"
import { useEffect, useState } from "preact/hooks"
import type { FoundPerson } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { Combobox, type Option } from "../components/Combobox"
import { Dialog } from "../components/Dialog"
import { attempt } from "../components/failures"
import { Icon, type IconName } from "../components/Icon"
import { go } from "../state/address"
import type { Chat } from "../state/model"
import { findPeople } from "../state/people"
import { mayInvite } from "../state/roles"
import { chatsByActivity, me } from "../state/store"
import { t } from "../text"
import { writeTo } from "./going"
import { goOut } from "./leaving"
import { nameOf, otherIn } from "./names"
import { close, open } from "./opened"

interface Offer extends Option {
  readonly name: string
  readonly note: string
  readonly picture: { readonly id: string; readonly hasJoined: boolean } | IconName
  readonly run: () => void
}

const MOST_CHATS = 8
const MOST_PEOPLE = 5

export function Switcher() {
  const query = useSignal("")
  const words = query.value.trim()
  const people = usePeople(words)
  // What comes in late is after what is there at once, so that nothing moves under a quick hand.
  const offers = [...chatOffers(words), ...actionOffers(words), ...peopleOffers(words, people), searchOffer(words)]
  return (
    <Dialog title={t("search.switcher")} onClose={close} isBare>
      <Combobox
        label={t("search.switcher")}
        placeholder={t("search.switcherHint")}
        query={query}
        before={<Icon name="search" />}
        fieldClass="switcher-field"
        listLabel={t("search.found")}
        className="picker-list switcher-list"
        options={offers}
        optionClass="entry person"
        show={shown}
        takesFirst
        onChoose={(offer) => {
          close()
          offer.run()
        }}
      />
    </Dialog>
  )
}

function shown({ picture, name, note }: Offer) {
  return (
    <>
      {typeof picture === "string" ? (
        <span class="entry-icon">
          <Icon name={picture} />
        </span>
      ) : (
        <Avatar id={picture.id} name={name} hasJoined={picture.hasJoined} />
      )}
      <span class="name one-line" dir="auto">
        {name}
      </span>
      <span class="line one-line">{note}</span>
    </>
  )
}

/** People whose names fit, as they come in. */
function usePeople(words: string): readonly FoundPerson[] {
  const [people, setPeople] = useState<readonly FoundPerson[]>([])
  useEffect(() => {
    if (words === "") return setPeople([])
    const control = new AbortController()
    findPeople(words, undefined, control.signal).then(
      (page) => setPeople(page.items),
      () => {},
    )
    return () => control.abort()
  }, [words])
  return people
}

/** Whether each word is the beginning of one of a name, without regard to case and accents. */
export function fits(name: string, words: string): boolean {
  const parts = folded(name).split(/[\s,.@_-]+/)
  return folded(words)
    .split(/\s+/)
    .every((word) => parts.some((part) => part.startsWith(word)))
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
}

function chatOffers(words: string): Offer[] {
  const myId = me.value?.userId ?? ""
  const found = chatsByActivity.value.filter((chat) => words === "" || fits(nameOf(chat, myId), words))
  return found.slice(0, MOST_CHATS).map((chat) => ({
    key: chat.summary.chatId,
    group: t("common.chats"),
    name: nameOf(chat, myId),
    note: noteOf(chat),
    picture: {
      id: otherIn(chat, myId)?.userId ?? chat.summary.chatId,
      hasJoined: otherIn(chat, myId)?.hasJoined ?? true,
    },
    run: () => go(`/chats/${chat.summary.chatId}`),
  }))
}

function noteOf({ summary }: Chat): string {
  if (summary.unreadCount > 0) return t("chats.unread", { count: summary.unreadCount })
  return summary.isDirect ? t("chats.direct") : t("chats.memberCount", { count: summary.memberCount })
}

/** People with whom there is no chat yet among those that are shown. */
function peopleOffers(words: string, people: readonly FoundPerson[]): Offer[] {
  if (words === "") return []
  const myId = me.value?.userId ?? ""
  const known = new Set(chatsByActivity.value.map((chat) => otherIn(chat, myId)?.userId))
  return people
    .filter((person) => !known.has(person.userId) && fits(`${person.name} ${person.emailAddress}`, words))
    .slice(0, MOST_PEOPLE)
    .map((person) => ({
      key: person.userId,
      group: t("people.people"),
      name: person.name ?? "",
      note: [person.emailAddress, person.hasJoined ? "" : t("people.notJoined")].filter(Boolean).join(" · "),
      picture: { id: person.userId, hasJoined: person.hasJoined },
      run: () => void writeTo(person.userId),
    }))
}

function actionOffers(words: string): Offer[] {
  const actions: [string, IconName, () => void][] = [
    [t("chats.new"), "plus", () => open({ name: "newChat" })],
    [t("common.contacts"), "contacts", () => go("/contacts")],
    ...(mayInvite.value
      ? ([[t("people.invite"), "invitations", () => go("/invitations")]] as [string, IconName, () => void][])
      : []),
    [t("common.me"), "me", () => go("/me")],
    [t("keys.title"), "settings", () => open({ name: "shortcuts" })],
    [t("signIn.out"), "leave", () => void attempt(goOut)],
  ]
  return actions
    .filter(([name]) => words === "" || fits(name, words))
    .map(([name, picture, run]) => ({ key: name, group: t("search.actions"), name, note: "", picture, run }))
}

function searchOffer(words: string): Offer {
  return {
    key: "search",
    group: t("search.messages"),
    name: words === "" ? t("search.messages") : t("search.messagesWith", { words }),
    note: "",
    picture: "search",
    run: () => go(`/search?${new URLSearchParams({ query: words })}`),
  }
}
