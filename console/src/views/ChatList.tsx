import { Avatar } from "../components/Avatar"
import type { Chat } from "../state/model"
import { view } from "../state/address"
import { chatsByActivity, me } from "../state/store"
import { t } from "../text"
import { fullTime, shortTime } from "../text/times"
import { nameOf, otherIn } from "./names"

export function ChatList() {
  const chosen = view.value.name === "chats" ? view.value.chatId : undefined
  const chats = chatsByActivity.value
  return (
    <section class="list" aria-label={t("common.chats")}>
      <div class="list-head">
        <h1>{t("common.chats")}</h1>
      </div>
      <ul class="list-body">
        {chats.map((chat) => (
          <li key={chat.summary.chatId}>
            <Entry chat={chat} isChosen={chat.summary.chatId === chosen} />
          </li>
        ))}
        {chats.length === 0 && <li class="empty">{t("chats.none")}</li>}
      </ul>
    </section>
  )
}

function Entry({ chat, isChosen }: { chat: Chat; isChosen: boolean }) {
  const { summary } = chat
  const name = nameOf(chat, me.value?.userId ?? "")
  const other = otherIn(chat, me.value?.userId ?? "")
  const { lastMessage } = summary
  return (
    <a class={`entry${summary.unreadCount > 0 ? " unread" : ""}`} href={`/chats/${summary.chatId}`} data-view aria-current={isChosen ? "page" : undefined}>
      <Avatar id={other?.userId ?? summary.chatId} name={name} hasJoined={other?.hasJoined ?? true} />
      <span class="name one-line">{name}</span>
      <time class="time" dateTime={summary.dateActive} title={fullTime(summary.dateActive)}>{shortTime(summary.dateActive, Date.now())}</time>
      <span class="line one-line">{lastMessage && (lastMessage.isDeleted ? t("messages.deleted") : lastMessage.text)}</span>
      {summary.unreadCount > 0 && (
        <span class="count">
          <span aria-hidden="true">{summary.unreadCount}</span>
          <span class="unseen">{t("chats.unread", { count: summary.unreadCount })}</span>
        </span>
      )}
    </a>
  )
}
