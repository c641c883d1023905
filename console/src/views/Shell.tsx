// The frame of all views: the rail, the list and the pane of the chosen view, the panel, and what lies over them.
import { useEffect } from "preact/hooks"
import { Announcer } from "../components/Announcer"
import { lazy } from "../components/lazy"
import { useLate } from "../components/Loading"
import { Toasts } from "../components/Toast"
import { type View, view } from "../state/address"
import { connection } from "../state/feed"
import { state } from "../state/store"
import { waiting } from "../state/outbox"
import { t } from "../text"
import { showAttention } from "./attention"
import { ChatList } from "./ChatList"
import { ChatPane } from "./ChatPane"
import { close, opened } from "./opened"
import { Dialogs, preloadDialogs } from "./Dialogs"
import { followKeys } from "./keyboard"
import { showNotices } from "./notices"
import { Rail } from "./Rail"

const Contacts = lazy(async () => (await import("./later")).Contacts)
const Contact = lazy(async () => (await import("./later")).Contact)
const Invitations = lazy(async () => (await import("./later")).Invitations)
const Administration = lazy(async () => (await import("./later")).Administration)
const Me = lazy(async () => (await import("./later")).Me)
const Search = lazy(async () => (await import("./later")).Search)
const ChatPanel = lazy(async () => (await import("./later")).ChatPanel)
const FirstSteps = lazy(async () => (await import("./later")).FirstSteps)

// The first view comes first.
const PRELOAD_AFTER_MS = 500

export function Shell() {
  const shown = view.value
  useEffect(() => followKeys(), [])
  useEffect(() => showAttention(), [])
  useEffect(() => showNotices(), [])
  useEffect(() => {
    const timer = setTimeout(preloadDialogs, PRELOAD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  // Another view takes the place of what lay over the one before.
  useEffect(() => close(), [shown])
  const { list, pane, isOpen } = partsOf(shown)
  const panel = shown.name === "chats" && shown.chatId ? shown.panel : undefined
  const classes = ["shell", isOpen ? "is-open" : "", list ? "" : "without-list", panel ? "with-panel" : ""]
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <a class="skip" href="#pane" onClick={skip}>
        {t("common.skip")}
      </a>
      <Rail current={shown.name === "search" ? "chats" : shown.name} />
      {list}
      <main class="pane" id="pane" tabIndex={-1} data-region aria-label={t("common.content")}>
        <Connection />
        {pane}
      </main>
      {panel && shown.name === "chats" && shown.chatId && (
        <ChatPanel key={shown.chatId} chatId={shown.chatId} panel={panel} />
      )}
      <Toasts />
      <Announcer />
      {opened.value && <Dialogs dialog={opened.value} />}
    </div>
  )
}

function skip(event: Event) {
  event.preventDefault()
  document.getElementById("pane")?.focus()
}

/** What fills the list and the pane. On a phone the pane is over the list if something is open. */
function partsOf(shown: View) {
  switch (shown.name) {
    case "contacts":
      return {
        list: <Contacts search={shown.search} chosen={shown.contactId} />,
        pane: shown.contactId ? (
          <Contact key={shown.contactId} contactId={shown.contactId} />
        ) : (
          <Hint words={t("people.choose")} />
        ),
        isOpen: shown.contactId !== undefined,
      }
    case "search":
      return {
        list: <Search query={shown.query} at={shown.messageId} />,
        pane: chatIn(shown) ?? <Hint words={t("search.choose")} />,
        isOpen: shown.chatId !== undefined,
      }
    case "invitations":
      return { list: null, pane: <Invitations />, isOpen: false }
    case "administration":
      return { list: null, pane: <Administration />, isOpen: false }
    case "me":
      return { list: null, pane: <Me />, isOpen: false }
    default: {
      const isFirstStart = state.value?.hasAllChats && state.value.chats.size === 0
      const pane = chatIn(shown) ?? (isFirstStart ? <FirstSteps /> : <Hint words={t("chats.choose")} />)
      return { list: isFirstStart && !chatIn(shown) ? null : <ChatList />, pane, isOpen: chatIn(shown) !== null }
    }
  }
}

function chatIn(shown: View) {
  if (shown.name !== "chats" && shown.name !== "search") return null
  const { chatId, messageId } = shown
  return chatId ? <ChatPane key={chatId} chatId={chatId} {...(messageId ? { messageId } : {})} /> : null
}

function Hint({ words }: { words: string }) {
  return (
    <div class="empty">
      <p>{words}</p>
      <p class="small">{t("common.hint")}</p>
    </div>
  )
}

// A stream that is back within a second needs no words.
const NOTICE_AFTER_MS = 1_000

function Connection() {
  const isOffline = connection.value === "offline"
  const isLate = useLate(connection.value === "connecting", NOTICE_AFTER_MS)
  const count = waiting.value.filter((message) => message.failure === null).length
  return (
    <div role="status">
      {(isOffline || isLate) && (
        <p class="notice">
          {t(isOffline ? "common.offline" : "common.connecting")} {count > 0 && t("common.waiting", { count })}
        </p>
      )}
    </div>
  )
}
