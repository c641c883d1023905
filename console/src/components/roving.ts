// Lists that are one stop of the Tab key: the arrows move within them.
import type { RefObject } from "preact"
import { useLayoutEffect } from "preact/hooks"

/** Makes the elements with `data-item` in a list one stop. The chosen one is first, with `aria-current` or `data-first`. */
export function useRoving(list: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const onKey = (event: KeyboardEvent) => move(element, event)
    const onFocus = (event: FocusEvent) => {
      const item = (event.target as Element).closest<HTMLElement>("[data-item]")
      if (item && itemsOf(element).includes(item)) stopAt(element, item)
    }
    element.dataset.roving = ""
    element.addEventListener("keydown", onKey)
    element.addEventListener("focusin", onFocus)
    return () => {
      element.removeEventListener("keydown", onKey)
      element.removeEventListener("focusin", onFocus)
    }
  }, [])
  // After each drawing: items may be new, or another one chosen.
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const focused = itemsOf(element).find((item) => item === document.activeElement)
    stopAt(element, focused ?? element.querySelector<HTMLElement>("[data-item][aria-current], [data-item][data-first]"))
  })
}

/** The items of a list, without those of another one in it, such as a menu. */
function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-item]")].filter((item) => item.closest("[data-roving]") === list)
}

function stopAt(list: HTMLElement, wanted: HTMLElement | null): void {
  const items = itemsOf(list)
  const stop = wanted ?? items[0]
  for (const item of items) {
    const index = item === stop ? 0 : -1
    if (item.tabIndex !== index || !item.hasAttribute("tabindex")) item.tabIndex = index
  }
}

function move(list: HTMLElement, event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const items = itemsOf(list)
  const here = items.indexOf((event.target as Element).closest("[data-item]") as HTMLElement)
  if (here < 0) return
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key]
  const item = next === undefined ? undefined : items[next]
  if (next === undefined) return
  event.preventDefault()
  item?.focus()
}
