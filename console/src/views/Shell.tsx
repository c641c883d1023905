// The frame of all views: the rail, the list and the pane of the chosen view, and what the connection says.
import { Icon, type IconName } from "../components/Icon"
import { view } from "../state/address"
import { connection } from "../state/feed"
import { me } from "../state/store"
import { type Key, t } from "../text"
import { ChatPane } from "./ChatPane"
import { ChatList } from "./ChatList"

const PLACES: readonly { name: IconName & ("chats" | "contacts" | "invitations" | "administration" | "me"); words: Key }[] = [
  { name: "chats", words: "common.chats" },
  { name: "contacts", words: "common.contacts" },
  { name: "invitations", words: "common.invitations" },
  { name: "administration", words: "common.administration" },
  { name: "me", words: "common.me" },
]

export function Shell() {
  const shown = view.value
  const isOpen = shown.name === "chats" && shown.chatId !== undefined
  return (
    <div class={`shell${isOpen ? " is-open" : ""}`}>
      <Rail current={shown.name} />
      <ChatList />
      <main class="pane">
        <Connection />
        {shown.name === "chats" && shown.chatId ? (
          <ChatPane key={shown.chatId} chatId={shown.chatId} {...(shown.messageId ? { messageId: shown.messageId } : {})} />
        ) : (
          <p class="empty">{t("chats.choose")}</p>
        )}
      </main>
    </div>
  )
}

function Rail({ current }: { current: string }) {
  const isAdministrator = me.value?.roles.includes("Administrator")
  return (
    <nav class="rail" aria-label={t("common.main")}>
      {PLACES.filter(({ name }) => name !== "administration" || isAdministrator).map(({ name, words }) => (
        <a key={name} href={`/${name}`} data-view class={name === "me" ? "last" : ""} aria-current={name === current ? "page" : undefined} aria-label={t(words)} title={t(words)}>
          <Icon name={name} />
        </a>
      ))}
    </nav>
  )
}

function Connection() {
  if (connection.value === "live") return null
  return <p class="notice">{t(connection.value === "offline" ? "common.offline" : "common.connecting")}</p>
}
