// A short word at the foot of the page about what was just done, with a way back.
import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { t } from "../text"

interface Said {
  readonly words: string
  readonly undo?: (() => void) | undefined
  readonly isProblem?: boolean
}

const said = signal<Said | null>(null)

// Long enough to read a line and to reach the button.
const SHOWN_MS = 8_000

/** Says what was done. A later one takes the place of an earlier one. */
export function toast(words: string, options: Omit<Said, "words"> = {}): void {
  said.value = { words, ...options }
}

export function Toasts() {
  const shown = said.value
  useEffect(() => {
    if (!shown) return
    const timer = setTimeout(() => said.value === shown && (said.value = null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [shown])
  return (
    <div class="toasts" role="status">
      {shown && (
        <p class={`toast${shown.isProblem ? " problem" : ""}`}>
          <span>{shown.words}</span>
          {shown.undo && (
            <button
              type="button"
              class="toast-button"
              onClick={() => {
                said.value = null
                shown.undo?.()
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
