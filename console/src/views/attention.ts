// Unread messages in the title and in the icon of the page.
import { effect } from "@preact/signals"
import { now } from "../state/clock"
import { badgeOf } from "../state/listing"
import { view } from "../state/address"
import { me, state } from "../state/store"
import { t } from "../text"
import { nameOf } from "./names"

/** Keeps both right from now on. Returns what ends that. */
export function showAttention(): () => void {
  return effect(() => {
    const count = badgeOf(state.value?.chats.values() ?? [], now.value)
    document.title = `${count > 0 ? `(${count}) ` : ""}${placeName()} – Parlour`
    void (count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => {})
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    const file = count > 0 ? "/icons/icon-unread.svg" : "/icons/icon.svg"
    if (icon && icon.getAttribute("href") !== file) icon.href = file
  })
}

function placeName(): string {
  const shown = view.value
  if (shown.name === "signIn" || shown.name === "invite") return t(`${shown.name}.title`)
  if (shown.name === "search") return t("common.search")
  const chat = shown.name === "chats" && shown.chatId ? state.value?.chats.get(shown.chatId) : undefined
  return chat ? nameOf(chat, me.value?.userId ?? "") : t(`common.${shown.name}`)
}
