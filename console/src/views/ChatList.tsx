// The chats of the person: filtered, favourites first, then by activity.
import { useEffect, useRef } from "preact/hooks"
import { Avatar } from "../components/Avatar"
import { now } from "../state/clock"
import { Icon } from "../components/Icon"
import { useRoving } from "../components/roving"
import { Time } from "../components/Time"
import { view } from "../state/address"
import { draftOf } from "../state/drafts"
import { FILTERS, filter, isMuted, kept, listed } from "../state/listing"
import type { Chat } from "../state/model"
import { favourites } from "../state/settings"
import { me, state } from "../state/store"
import { t } from "../text"
import { plain } from "../text/markdown"
import { open } from "./opened"
import { ListRegion } from "./ListRegion"
import { nameOf, otherIn, shortened } from "./names"

// More of a message does not fit into its line.
const MOST_LETTERS = 200

// A longer name would leave no room for what they said.
const LONGEST_NAME = 20

export function ChatList() {
  const list = useRef<HTMLUListElement>(null)
  useRoving(list)
  const chosen = view.value.name === "chats" ? view.value.chatId : undefined
  useEffect(() => keep(chosen), [chosen])
  useEffect(() => list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }), [chosen])
  const chats = listed.value
  return (
    <ListRegion label={t("common.chats")}>
      <div class="list-head">
        <h1>{t("common.chats")}</h1>
        <a class="icon-button" href="/search" data-view aria-label={t("common.search")} title={t("common.search")}>
          <Icon name="search" />
        </a>
        <button
          type="button"
          class="icon-button"
          aria-label={t("chats.new")}
          title={t("chats.new")}
          onClick={() => open({ name: "newChat" })}
        >
          <Icon name="plus" />
        </button>
      </div>
      <Filters />
      <ul class="list-body" ref={list}>
        {chats.map((chat) => (
          <li key={chat.summary.chatId}>
            <Entry
              chat={chat}
              isChosen={chat.summary.chatId === chosen}
              isFavourite={favourites.value.includes(chat.summary.chatId)}
            />
          </li>
        ))}
      </ul>
      {chats.length === 0 && <Nothing />}
    </ListRegion>
  )
}

/** A chat that is opened stays in the list while the filter is the same, also when nothing in it is unread any more. */
function keep(chatId: string | undefined): void {
  if (filter.value === "unread" && chatId && !kept.value.has(chatId)) kept.value = new Set(kept.value).add(chatId)
}

function Filters() {
  return (
    <div class="filters" role="group" aria-label={t("chats.filter")}>
      {FILTERS.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={filter.value === each}
          onClick={() => {
            kept.value = new Set()
            filter.value = each
          }}
        >
          {t(`chats.filter_${each}`)}
        </button>
      ))}
    </div>
  )
}

function Nothing() {
  const isEmpty = state.value?.chats.size === 0
  if (isEmpty || filter.value === "all") {
    return (
      <div class="empty">
        <p>{t("chats.none")}</p>
        <button type="button" class="button main" onClick={() => open({ name: "newChat" })}>
          {t("chats.new")}
        </button>
      </div>
    )
  }
  return (
    <div class="empty">
      <p>{t(`chats.none_${filter.value}`)}</p>
      <button type="button" class="button" onClick={() => (filter.value = "all")}>
        {t("chats.showAll")}
      </button>
    </div>
  )
}

interface EntryProps {
  chat: Chat
  isChosen: boolean
  isFavourite: boolean
}

function Entry({ chat, isChosen, isFavourite }: EntryProps) {
  const { summary } = chat
  const myId = me.value?.userId ?? ""
  const name = nameOf(chat, myId)
  const other = otherIn(chat, myId)
  const isQuiet = isMuted(chat, now.value)
  const classes = ["entry", summary.unreadCount > 0 && !isQuiet ? "unread" : ""].filter(Boolean).join(" ")
  return (
    <a
      class={classes}
      href={`/chats/${summary.chatId}`}
      data-view
      data-item
      aria-current={isChosen ? "page" : undefined}
    >
      <Avatar id={other?.userId ?? summary.chatId} name={name} hasJoined={other?.hasJoined ?? true} />
      <span class="name">
        <span class="one-line" dir="auto">
          {name}
        </span>
        {isFavourite && <Mark icon="star" words={t("chats.isFavourite")} />}
        {isQuiet && <Mark icon="muted" words={t("chats.isMuted")} />}
      </span>
      <Time date={summary.dateActive} />
      <Preview chat={chat} isChosen={isChosen} myId={myId} />
      <Counts chat={chat} isQuiet={isQuiet} />
    </a>
  )
}

function Mark({ icon, words }: { icon: "star" | "muted"; words: string }) {
  return (
    <span class={`mark ${icon}`}>
      <Icon name={icon} />
      <span class="unseen">{words}</span>
    </span>
  )
}

/** The second line: what one has begun to write, else the last message. */
function Preview({ chat, isChosen, myId }: { chat: Chat; isChosen: boolean; myId: string }) {
  const { lastMessage, isDirect } = chat.summary
  const draft = draftOf(chat)
  if (draft?.text && !isChosen) {
    return (
      <span class="line one-line" dir="auto">
        <b class="draft">{t("chats.draft")}</b> {draft.text}
      </span>
    )
  }
  if (!lastMessage) return <span class="line one-line">{t("chats.noMessages")}</span>
  return (
    <span class="line one-line" dir="auto">
      {whoWrote(lastMessage.senderUserId, lastMessage.senderName, isDirect, myId)}
      {lastMessage.isDeleted
        ? t("messages.deleted")
        : plain((lastMessage.text ?? "").slice(0, MOST_LETTERS)) || filesIn(lastMessage.attachments)}
    </span>
  )
}

function whoWrote(senderId: string, senderName: string | undefined, isDirect: boolean, myId: string): string {
  if (senderId === myId) return `${t("chats.you")} `
  return isDirect ? "" : `${shortened(senderName?.split(" ")[0] ?? "", LONGEST_NAME)}: `
}

function filesIn(attachments: readonly { readonly fileName?: string }[]): string {
  const [first] = attachments
  return attachments.length === 1 ? (first?.fileName ?? "") : t("chats.files", { count: attachments.length })
}

function Counts({ chat, isQuiet }: { chat: Chat; isQuiet: boolean }) {
  const { unreadCount, mentionCount } = chat.summary
  if (unreadCount === 0) return null
  return (
    <span class="counts">
      {mentionCount > 0 && (
        <span class="count">
          <span aria-hidden="true">@</span>
          <span class="unseen">{t("chats.mentions", { count: mentionCount })}</span>
        </span>
      )}
      <span class={`count${isQuiet ? " muted" : ""}`}>
        <span aria-hidden="true">{unreadCount > 999 ? "999+" : unreadCount}</span>
        <span class="unseen">{t("chats.unread", { count: unreadCount })}</span>
      </span>
    </span>
  )
}
