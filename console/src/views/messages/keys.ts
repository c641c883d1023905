// The keys of the message pane. None of them does anything while somebody writes in a field, or a dialog is open.
import { useEffect } from "preact/hooks"
import type { Message } from "../../api/dtos"
import { answer, edit, pick, remove, type Rights, unreadFrom } from "./doing"
import type { Pane } from "./pane"

export function useKeys(
  pane: Pane,
  find: (id: string) => Message | undefined,
  rightsOf: (message: Message) => Rights,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.defaultPrevented ||
        event.altKey ||
        event.ctrlKey ||
        event.metaKey ||
        isElsewhere(event.target as Element)
      )
        return
      if (walk(pane, event)) return event.preventDefault()
      const row = rowWithFocus()
      const message = find(row?.dataset.row ?? "")
      if (!row || !message || message.isDeleted) return
      if (act(pane, message, rightsOf(message), row, event.key)) event.preventDefault()
    }
    document.addEventListener("keydown", onKey)
    return () => document.removeEventListener("keydown", onKey)
  })
}

function isElsewhere(target: Element): boolean {
  if (target.closest("input, textarea, select, [contenteditable], [role=menu], [role=listbox], nav, .list")) return true
  return document.querySelector("dialog[open], :popover-open") !== null
}

function rowWithFocus(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-row]") ?? null
}

/** Moves among the rows. Returns whether the key does that. */
function walk(pane: Pane, { key }: KeyboardEvent): boolean {
  const isOnRow = document.activeElement?.matches("[data-row]") === true
  if (key === "j" || (key === "ArrowDown" && isOnRow)) step(pane, 1)
  else if (key === "k" || (key === "ArrowUp" && isOnRow)) step(pane, -1)
  // In a player it goes to the end of that.
  else if (key === "End" && !document.activeElement?.matches("audio, video")) pane.toNewest()
  else if (key === "Escape" && (rowWithFocus() || pane.answering.value || pane.editing.value)) leave(pane)
  else return false
  return true
}

function step(pane: Pane, by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")]
  const here = rows.findIndex((row) => row.dataset.row === pane.active.value)
  const hasFocus = rowWithFocus() !== null
  // The first step only enters the list.
  const row = here < 0 ? rows.at(-1) : hasFocus ? rows[here + by] : rows[here]
  if (!row) return
  row.focus({ preventScroll: true })
  row.scrollIntoView({ block: "nearest" })
}

function leave(pane: Pane): void {
  if (pane.answering.value || pane.editing.value) {
    pane.answering.value = null
    pane.editing.value = null
  }
  pane.write()
}

/** Does what a key does with a message. Returns whether there is such a key. */
function act(pane: Pane, message: Message, rights: Rights, row: Element, key: string): boolean {
  const { isMine, isModerator, isReadOnly } = rights
  if (key === "u") unreadFrom(message)
  else if (isReadOnly) return false
  else if (key === "r") answer(pane, message)
  else if (key === "e" && isMine) edit(pane, message)
  else if (key === "+") pick(pane, message, row.querySelector(".body") ?? row)
  else if (key === "Delete" && (isMine || isModerator)) remove(message)
  else return false
  return true
}
