// A choice of an emoji: the usual ones, and all that a word finds.
import { useSignal } from "@preact/signals"
import { useLayoutEffect, useRef } from "preact/hooks"
import { giveBack } from "../../components/focus"
import { language, t } from "../../text"
import { emojiFor, USUAL } from "../../text/emoji"
import type { Pane, Picking } from "./pane"

const COLUMNS = 8
const GAP_PX = 4

export function EmojiPicker({ pane, picking }: { pane: Pane; picking: Picking }) {
  const box = useRef<HTMLDivElement>(null)
  const query = useSignal("")
  const found = emojiFor(query.value, language.value)
  const list =
    query.value === ""
      ? [
          ...USUAL.map((emoji) => ({ emoji, name: found.find((each) => each.emoji === emoji)?.name ?? "" })),
          ...found.filter(({ emoji }) => !USUAL.includes(emoji)),
        ]
      : found

  useLayoutEffect(() => {
    const { current } = box
    if (!current) return
    const before = document.activeElement
    current.showPopover()
    const { left, top, bottom } = picking.at
    const { offsetWidth: width, offsetHeight: height } = current
    const y = bottom + GAP_PX + height > innerHeight ? top - GAP_PX - height : bottom + GAP_PX
    current.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`
    current.style.top = `${Math.max(GAP_PX, Math.min(y, innerHeight - height - GAP_PX))}px`
    current.querySelector("input")?.focus()
    return () => {
      if (current.contains(document.activeElement) || document.activeElement === document.body) giveBack(before)
    }
  }, [])

  function close() {
    if (pane.picking.peek() === picking) pane.picking.value = null
  }
  function choose(emoji: string) {
    box.current?.hidePopover()
    close()
    picking.choose(emoji)
  }
  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...(box.current?.querySelectorAll<HTMLElement>("button") ?? [])]
    const here = buttons.indexOf(document.activeElement as HTMLElement)
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key]
    if (event.key === "Enter" && here < 0 && list[0]) choose(list[0].emoji)
    // In the field the arrows to the sides move the caret.
    else if (step === undefined || (here < 0 && event.key !== "ArrowDown")) return
    else if (here < 0) buttons[0]?.focus()
    else if (here + step < 0) box.current?.querySelector("input")?.focus()
    else buttons[here + step]?.focus()
    event.preventDefault()
  }
  return (
    <div
      ref={box}
      class="emoji-picker"
      role="dialog"
      aria-label={t("messages.emoji")}
      popover="auto"
      onKeyDown={onKeyDown}
      onToggle={(event) => event.newState === "closed" && close()}
    >
      <input
        type="search"
        class="input"
        aria-label={t("messages.findEmoji")}
        placeholder={t("messages.findEmoji")}
        value={query}
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      <div class="emoji" role="group" aria-label={t("messages.emoji")}>
        {list.map(({ emoji, name }, index) => (
          <button
            key={emoji}
            type="button"
            tabIndex={index === 0 ? 0 : -1}
            aria-label={name}
            title={name}
            onClick={() => choose(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      {list.length === 0 && <p class="quiet small">{t("messages.noEmoji")}</p>}
    </div>
  )
}
