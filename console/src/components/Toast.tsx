// A short word at the foot of the page about what was just done, with a way back.
import { signal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { t } from "../text"
import type { Explained } from "./failures"
import { giveBack } from "./focus"
import { Why } from "./Why"

interface Said extends Explained {
  readonly undo?: (() => void) | undefined
  readonly isProblem?: boolean
}

const said = signal<Said | null>(null)

// Long enough to read a line and to reach the button. It stays while somebody is at it.
const SHOWN_MS = 8_000

/** Says what was done. A later one takes the place of an earlier one. */
export function toast(words: string, options: Omit<Said, "words"> = {}): void {
  said.value = { words, ...options }
}

/** Takes back what the toast says. Returns whether there was such a thing. */
export function undoSaid(): boolean {
  const undo = said.value?.undo
  if (!undo) return false
  said.value = null
  undo()
  return true
}

export function Toasts() {
  const shown = said.value
  const box = useRef<HTMLDivElement>(null)
  const before = useRef<Element | null>(null)
  useEffect(() => {
    if (!shown) return
    const timer = setInterval(() => {
      if (!box.current?.matches(":hover, :focus-within")) said.value = null
    }, SHOWN_MS)
    return () => clearInterval(timer)
  }, [shown])
  return (
    <div
      ref={box}
      class="toasts"
      role="status"
      data-region={shown?.undo ? "" : undefined}
      onFocusIn={({ relatedTarget }) => {
        before.current = relatedTarget as Element | null
      }}
    >
      {shown && (
        <p class={`toast${shown.isProblem ? " problem" : ""}`}>
          <span>
            <Why {...shown} />
          </span>
          {shown.undo && (
            <button
              type="button"
              class="toast-button"
              data-focus
              onClick={({ currentTarget }) => {
                if (currentTarget === document.activeElement) giveBack(before.current)
                undoSaid()
              }}
            >
              {t("common.undo")}
            </button>
          )}
        </p>
      )}
    </div>
  )
}
