// A button that opens a short list of actions.
import type { ComponentChildren } from "preact"
import { useId, useRef } from "preact/hooks"
import { Icon, type IconName } from "./Icon"
import { useRoving } from "./roving"

export interface Action {
  readonly words: string
  readonly run: () => void
  readonly isDangerous?: boolean
  /** For one of several of which one holds. */
  readonly isChosen?: boolean
}

interface Props {
  /** The name of the button. */
  label: string
  actions: readonly (Action | false | undefined)[]
  icon?: IconName
  /** What the button shows in place of a symbol. */
  children?: ComponentChildren
  className?: string
}

export function Menu({ label, actions, icon = "more", children, className }: Props) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  useRoving(list)

  function close() {
    list.current?.hidePopover()
    button.current?.focus()
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        class={className ?? "icon-button"}
        aria-label={label}
        title={children ? undefined : label}
        aria-haspopup="menu"
        popovertarget={id}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || event.altKey || !list.current || !button.current) return
          event.preventDefault()
          list.current.showPopover()
        }}
      >
        {children ?? <Icon name={icon} />}
      </button>
      <div
        ref={list}
        id={id}
        class="menu"
        role="menu"
        aria-label={label}
        popover="auto"
        onToggle={(event) => {
          if (event.newState !== "open" || !list.current || !button.current) return
          place(list.current, button.current)
          list.current.querySelector<HTMLElement>("[data-item]")?.focus()
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" && event.key !== "Tab") return
          event.preventDefault()
          event.stopPropagation()
          close()
        }}
      >
        {actions.map(
          (action) =>
            action && (
              <button
                key={action.words}
                type="button"
                role={action.isChosen === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={action.isChosen}
                data-item
                class={action.isDangerous ? "wrong" : ""}
                onClick={() => {
                  close()
                  action.run()
                }}
              >
                {action.isChosen !== undefined && <Icon name={action.isChosen ? "check" : "blank"} />}
                {action.words}
              </button>
            ),
        )}
      </div>
    </>
  )
}

const GAP_PX = 4

/** Puts the menu under its button, or above it if there is more room, and never beyond the window. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const { left, right, top, bottom } = button.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = menu
  const isRightToLeft = getComputedStyle(button).direction === "rtl"
  const start = isRightToLeft ? left : right - width
  const below = bottom + GAP_PX
  const y = below + height > innerHeight ? top - GAP_PX - height : below
  menu.style.left = `${Math.max(GAP_PX, Math.min(start, innerWidth - width - GAP_PX))}px`
  menu.style.top = `${Math.max(GAP_PX, y)}px`
}
