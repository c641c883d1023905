// Which row shows its buttons: the one under the mouse, the one with the focus, or one that was pressed for long.
import type { RefObject } from "preact"
import { useEffect } from "preact/hooks"
import type { Pane } from "./pane"

const LONG_PRESS_MS = 500

// A finger is never quite still.
const STILL_PX = 10

export function usePointing(pane: Pane, list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = list.current
    if (!element) return
    const point = (event: Event) => {
      // A menu of another row stays open while the mouse goes over rows on its way to it.
      if (element.querySelector(":popover-open")) return
      const row = (event.target as Element).closest<HTMLElement>("[data-row]")
      if (row) pane.pointed.value = row.dataset.row ?? null
    }
    const leave = () => {
      if (!element.querySelector(":popover-open") && !element.contains(document.activeElement))
        pane.pointed.value = null
    }
    const endPress = onLongPress(element, (row) => {
      pane.pointed.value = row.dataset.row ?? null
      // The buttons are there after the next drawing.
      requestAnimationFrame(() => row.querySelector<HTMLElement>("[aria-haspopup=menu]")?.click())
    })
    element.addEventListener("mouseover", point)
    element.addEventListener("focusin", point)
    element.addEventListener("mouseleave", leave)
    return () => {
      endPress()
      element.removeEventListener("mouseover", point)
      element.removeEventListener("focusin", point)
      element.removeEventListener("mouseleave", leave)
    }
  }, [pane])
}

function onLongPress(element: HTMLElement, done: (row: HTMLElement) => void): () => void {
  let timer = 0
  let from = { x: 0, y: 0 }
  const down = (event: PointerEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-row]")
    if (event.pointerType !== "touch" || !row) return
    from = { x: event.clientX, y: event.clientY }
    timer = setTimeout(() => done(row), LONG_PRESS_MS)
  }
  const move = (event: PointerEvent) => {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) clearTimeout(timer)
  }
  const end = () => clearTimeout(timer)
  element.addEventListener("pointerdown", down)
  element.addEventListener("pointermove", move)
  element.addEventListener("pointerup", end)
  element.addEventListener("pointercancel", end)
  return () => {
    end()
    element.removeEventListener("pointerdown", down)
    element.removeEventListener("pointermove", move)
    element.removeEventListener("pointerup", end)
    element.removeEventListener("pointercancel", end)
  }
}
