// One person: who they are, and writing to them.
import { useSignal } from "@preact/signals"
import type { FoundPerson } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { attempt } from "../components/failures"
import { Icon } from "../components/Icon"
import { Failed, Skeleton } from "../components/Loading"
import { usePages } from "../components/pages"
import { toast } from "../components/Toast"
import { view } from "../state/address"
import type { Chat } from "../state/model"
import { invite, personOf } from "../state/people"
import { mayInvite, roles } from "../state/roles"
import { chatsByActivity, me, state } from "../state/store"
import { t } from "../text"
import { contactsAddress } from "./Contacts"
import { writeTo } from "./going"
import { nameOf } from "./names"
import { usualRoles } from "./RoleChoice"

export function Contact({ contactId }: { contactId: string }) {
  const known = usePages(contactId, async (_cursor, stop) => {
    const person = ownContact(contactId) ?? (await personOf(contactId, stop))
    return { items: person ? [person] : [] }
  })
  const person = known.items?.[0]
  const search = view.value.name === "contacts" ? view.value.search : ""
  return (
    <>
      <header class="pane-head">
        <a class="icon-button back" href={contactsAddress(search)} data-view aria-label={t("common.back")}>
          <Icon name="back" />
        </a>
        <h1 class="one-line" dir="auto">
          {person?.name || person?.emailAddress || t("people.contact")}
        </h1>
      </header>
      <div class="page" aria-busy={known.isLoading}>
        {known.items === null && !known.failure && <Skeleton rows={2} />}
        {known.failure !== null && <Failed failure={known.failure} onRetry={known.again} />}
        {known.items?.length === 0 && <p class="empty">{t("people.gone")}</p>}
        {person && <Card person={person} />}
      </div>
    </>
  )
}

/** Oneself: the search finds only others. */
function ownContact(contactId: string): FoundPerson | null {
  const mine = me.value
  if (!mine || mine.contactId !== contactId) return null
  return {
    userId: mine.userId,
    contactId,
    hasJoined: true,
    name: mine.name ?? "",
    emailAddress: mine.emailAddress ?? "",
  }
}

function Card({ person }: { person: FoundPerson }) {
  const isBusy = useSignal(false)
  const name = person.name || person.emailAddress || ""
  const presence = state.value?.presence.get(person.userId)
  const common = chatsByActivity.value.filter((chat) => isIn(chat, person.userId))
  const isMe = person.userId === me.value?.userId
  async function write() {
    if (isBusy.value) return
    isBusy.value = true
    await writeTo(person.userId)
    isBusy.value = false
  }
  async function inviteAgain() {
    if (isBusy.value) return
    isBusy.value = true
    const address = person.emailAddress ?? ""
    const isDone = await attempt(() => invite(address, usualRoles(roles.value ?? []), person.contactId))
    if (isDone) toast(t("people.invited", { address }))
    isBusy.value = false
  }
  return (
    <article class="card">
      <div class="card-head">
        <Avatar id={person.userId} name={name} hasJoined={person.hasJoined} isLarge />
        <div>
          <h2 class="card-name" dir="auto">
            {name}
          </h2>
          <p class="quiet">
            {person.hasJoined ? (presence ? t(`people.presence_${presence}`) : "") : t("people.notJoined")}
          </p>
        </div>
      </div>
      <dl class="facts">
        <dt>{t("people.address")}</dt>
        <dd>
          {person.emailAddress ? (
            <a href={`mailto:${person.emailAddress}`}>{person.emailAddress}</a>
          ) : (
            t("people.noAddress")
          )}
        </dd>
      </dl>
      <div class="buttons start">
        {!isMe && (
          <button type="button" class="button main" aria-disabled={isBusy.value} onClick={() => void write()}>
            {t("people.write")}
          </button>
        )}
        {!person.hasJoined && person.emailAddress && mayInvite.value && (
          <button type="button" class="button" aria-disabled={isBusy.value} onClick={() => void inviteAgain()}>
            {t("people.inviteAgain")}
          </button>
        )}
      </div>
      {common.length > 0 && (
        <section>
          <h3>{t("people.common")}</h3>
          <ul>
            {common.slice(0, 10).map((chat) => (
              <li key={chat.summary.chatId}>
                <a class="entry person" href={`/chats/${chat.summary.chatId}`} data-view>
                  <Avatar id={chat.summary.chatId} name={nameOf(chat, me.value?.userId ?? "")} />
                  <span class="name one-line" dir="auto">
                    {nameOf(chat, me.value?.userId ?? "")}
                  </span>
                  <span class="line">{t("chats.memberCount", { count: chat.summary.memberCount })}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </article>
  )
}

function isIn(chat: Chat, userId: string): boolean {
  return chat.members?.has(userId) || chat.summary.members.some((member) => member.userId === userId)
}
