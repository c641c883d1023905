// The head of a chat: its name, who is in it, and what one can do with it.
import { Avatar } from "../components/Avatar"
import { now } from "../state/clock"
import { attempt } from "../components/failures"
import { Icon } from "../components/Icon"
import { type Action, Menu } from "../components/Menu"
import { toast } from "../components/Toast"
import { go, panelAddress, view } from "../state/address"
import { type Level, setArchivedForMe, setNotifications } from "../state/chats"
import { isMuted } from "../state/listing"
import type { Chat } from "../state/model"
import { favourites, setFavourite } from "../state/settings"
import { me, state } from "../state/store"
import { t } from "../text"
import { open } from "./opened"
import { nameOf, otherIn } from "./names"

export function ChatHead({ chat }: { chat: Chat }) {
  const { chatId, isDirect } = chat.summary
  const myId = me.value?.userId ?? ""
  const name = nameOf(chat, myId)
  const other = otherIn(chat, myId)
  const shown = view.value
  const panel = shown.name === "chats" ? shown.panel : undefined
  const isMembers = panel === "members"
  const back = shown.name === "search" ? `/search?${new URLSearchParams({ query: shown.query })}` : "/chats"
  return (
    <header class="pane-head">
      <a class="icon-button back" href={back} data-view aria-label={t("common.back")}>
        <Icon name="back" />
      </a>
      <Avatar id={other?.userId ?? chatId} name={name} hasJoined={other?.hasJoined ?? true} />
      <div class="pane-name">
        <h1 class="one-line" dir="auto">
          {name}
        </h1>
        <p class="small quiet one-line">{about(chat, other?.userId, other?.hasJoined)}</p>
      </div>
      <a
        class="icon-button only-wide"
        href={`/search?${new URLSearchParams({ query: `in:${chatId} ` })}`}
        data-view
        aria-label={t("search.inChat")}
        title={t("search.inChat")}
      >
        <Icon name="search" />
      </a>
      {!isDirect && (
        <a
          class="icon-button"
          href={panelAddress(chatId, isMembers ? undefined : "members")}
          data-view
          aria-label={t("chats.members")}
          title={t("chats.members")}
          aria-expanded={isMembers}
        >
          <Icon name="people" />
        </a>
      )}
      <Menu label={t("chats.actions")} actions={actionsFor(chat)} />
    </header>
  )
}

function about(chat: Chat, otherId: string | undefined, hasJoined = true): string {
  const { summary } = chat
  if (summary.isArchived) return t("chats.isArchived")
  if (otherId && !hasJoined) return t("people.notJoined")
  const presence = otherId ? state.value?.presence.get(otherId) : undefined
  if (presence) return t(`people.presence_${presence}`)
  return otherId ? "" : t("chats.memberCount", { count: summary.memberCount })
}

function actionsFor(chat: Chat): (Action | false)[] {
  const { chatId, isDirect, role, level, isArchived, isArchivedForMe } = chat.summary
  const isFavourite = favourites.value.includes(chatId)
  const isQuiet = isMuted(chat, now.value)
  const isAdministrator = me.value?.roles.includes("Administrator") ?? false
  return [
    {
      words: t(isFavourite ? "chats.noFavourite" : "chats.favourite"),
      run: () => void attempt(() => setFavourite(chatId, !isFavourite)),
    },
    {
      words: t(isQuiet ? "chats.unmute" : "chats.mute"),
      run: () => mute(chatId, isQuiet ? "everything" : "nothing", level as Level),
    },
    { words: t("search.inChat"), run: () => go(`/search?${new URLSearchParams({ query: `in:${chatId} ` })}`) },
    { words: t("chats.settings"), run: () => go(panelAddress(chatId, "settings")) },
    !isDirect && !isArchived && { words: t("chats.add"), run: () => open({ name: "addPeople", chatId }) },
    !isDirect && !isArchived && { words: t("chats.rename"), run: () => open({ name: "rename", chatId }) },
    {
      words: t(isArchivedForMe ? "chats.unarchiveForMe" : "chats.archiveForMe"),
      run: () => archiveForMe(chat, !isArchivedForMe),
    },
    !isDirect &&
      (role === "owner" || isAdministrator) && {
        words: t(isArchived ? "chats.unarchive" : "chats.archive"),
        run: () => open({ name: "archive", chatId }),
      },
    { words: t("chats.leave"), run: () => open({ name: "leave", chatId }), isDangerous: true },
  ]
}

export function mute(chatId: string, level: Level, before: Level): void {
  void attempt(async () => {
    await setNotifications(chatId, level, null)
    toast(t(level === "nothing" ? "chats.muted" : "chats.unmuted"), { undo: () => mute(chatId, before, level) })
  })
}

export function archiveForMe(chat: Chat, isAway: boolean): void {
  void attempt(async () => {
    await setArchivedForMe(chat, isAway)
    toast(t(isAway ? "chats.archivedForMe" : "chats.unarchivedForMe"), { undo: () => archiveForMe(chat, !isAway) })
  })
}
