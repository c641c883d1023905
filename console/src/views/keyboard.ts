// The keys that work everywhere. Those of the messages are in views/messages.
import { attempt } from "../components/failures"
import { goToRegion } from "../components/focus"
import { undoDelete } from "../state/actions"
import { go, panelAddress, view } from "../state/address"
import { setNotifications, type Level } from "../state/chats"
import { timeNow } from "../state/clock"
import { isMuted, listed, neighbour } from "../state/listing"
import { state } from "../state/store"
import { toast, undoSaid } from "../components/Toast"
import { t } from "../text"
import { open, opened } from "./opened"

/** Listens until the returned function is called. */
export function followKeys(): () => void {
  document.addEventListener("keydown", onKey)
  return () => document.removeEventListener("keydown", onKey)
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  if (isOver()) return
  const done = withModifier(event) || (isField(event.target) ? inField(event) : plain(event))
  if (done) event.preventDefault()
}

/** Whether a dialog or menu is open. It has its own keys. */
function isOver(): boolean {
  return opened.value !== null || document.querySelector("dialog[open], :popover-open") !== null
}

export function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), textarea, select")
}

function withModifier(event: KeyboardEvent): boolean {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") return does(() => open({ name: "switcher" }))
  if (altKey && !ctrlKey && !metaKey && key === "ArrowDown") return does(() => step(1, shiftKey))
  if (altKey && !ctrlKey && !metaKey && key === "ArrowUp") return does(() => step(-1, shiftKey))
  if (key === "F6" && !ctrlKey && !altKey && !metaKey) return does(() => goToRegion(shiftKey ? -1 : 1))
  return false
}

/** In a field keys are for its text. Escape empties it, and only then goes further. */
function inField({ key, target }: KeyboardEvent): boolean {
  return key === "Escape" && (target as HTMLInputElement).value === "" && closeNearest()
}

function plain(event: KeyboardEvent): boolean {
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey)
    return undoDelete() || undoSaid()
  if (event.altKey || event.ctrlKey || event.metaKey) return false
  switch (event.key) {
    case "/":
      return does(search)
    case "?":
      return does(() => open({ name: "shortcuts" }))
    case "m":
      return muteChosen()
    case "Escape":
      return closeNearest()
    default:
      return false
  }
}

/** Goes to the search, or back to its field with all that is in it. */
function search(): void {
  if (view.value.name === "search") document.querySelector<HTMLInputElement>(".search-form input")?.select()
  else go("/search")
}

function does(work: () => void): true {
  work()
  return true
}

function step(by: 1 | -1, isUnreadOnly: boolean): void {
  const shown = view.value
  const next = neighbour(listed.value, shown.name === "chats" ? shown.chatId : undefined, by, isUnreadOnly)
  if (next) go(`/chats/${next.summary.chatId}`)
}

function closeNearest(): boolean {
  const shown = view.value
  if (shown.name !== "chats" || !shown.chatId || !shown.panel) return false
  go(panelAddress(shown.chatId))
  return true
}

function muteChosen(): boolean {
  const shown = view.value
  const chat = shown.name === "chats" && shown.chatId ? state.value?.chats.get(shown.chatId) : undefined
  if (!chat) return false
  const { chatId, mutedUntil, level } = chat.summary
  const before = level as Level
  const until = mutedUntil ? new Date(mutedUntil).getTime() : null
  const isOn = isMuted(chat, timeNow())
  void attempt(async () => {
    await setNotifications(
      chatId,
      isOn ? (before === "nothing" || before === "invisible" ? "everything" : before) : "nothing",
      null,
    )
    toast(t(isOn ? "chats.unmuted" : "chats.muted"), {
      undo: () => void attempt(() => setNotifications(chatId, before, until)),
    })
  })
  return true
}
