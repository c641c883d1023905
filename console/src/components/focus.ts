// Where the focus goes: through the regions of the page, and to the next best place when what had it is gone.
import { useLayoutEffect } from "preact/hooks"

/** What gets the focus first in a part of the page. */
const STOPS = '[data-focus], [data-item][tabindex="0"], [data-row][tabindex="0"]'
const HOLDERS = `${STOPS}, [data-item], [data-row], a[href], button, input, select, textarea, [tabindex]`

/** Goes to the next region of the page in its order, or to the one before. */
export function goToRegion(by: 1 | -1): void {
  const from = document.activeElement ?? document.body
  const others = regions().filter((region) => !region.contains(from))
  const wanted = by === 1 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING
  const isAhead = (region: Element) => (from.compareDocumentPosition(region) & wanted) !== 0
  const next = by === 1 ? (others.find(isAhead) ?? others[0]) : (others.findLast(isAhead) ?? others.at(-1))
  if (next) enter(next)
}

/** The regions that are shown, without those that have others in them. */
function regions(): HTMLElement[] {
  const shown = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((each) => each.checkVisibility())
  return shown.filter((each) => !shown.some((other) => other !== each && each.contains(other)))
}

function enter(part: HTMLElement): void {
  give(firstIn(part, "[data-focus]") ?? firstIn(part, STOPS) ?? part)
}

function give(element: HTMLElement): void {
  if (!element.matches(HOLDERS)) element.tabIndex = -1
  element.focus({ preventScroll: true })
}

function firstIn(part: Node, selector: string): HTMLElement | undefined {
  if (!(part instanceof HTMLElement)) return undefined
  const found = [...part.querySelectorAll<HTMLElement>(selector)]
  if (part.matches(selector)) found.unshift(part)
  return found.find(canHold)
}

function canHold(element: HTMLElement): boolean {
  return element.isConnected && element.checkVisibility() && !element.matches(":disabled")
}

/** Goes to the list if nothing of it is open, else to what is open. */
function goHome(): void {
  const list = document.querySelector<HTMLElement>(".shell:not(.is-open) > .list")
  const stop = list && firstIn(list, STOPS)
  ;(stop ?? document.getElementById("pane"))?.focus({ preventScroll: true })
}

/** Gives the focus back to what had it, or to the next best place if that is gone. */
export function giveBack(before: Element | null): void {
  if (before instanceof HTMLElement && before !== document.body && canHold(before))
    before.focus({ preventScroll: true })
  else goHome()
}

/** When a part of the page goes that has the focus, what had it before gets it back. */
export function useGivingBack(part: { readonly current: Element | null }): void {
  useLayoutEffect(() => {
    const before = document.activeElement
    return () => {
      if (part.current?.contains(document.activeElement)) giveBack(before)
    }
  }, [])
}

/** Looks after the focus until the returned function is called: it never falls back to the page as a whole. */
export function keepFocus(): () => void {
  let last: HTMLElement | null = null
  const note = ({ target }: FocusEvent) => {
    last = target instanceof HTMLElement ? target : null
  }
  const observer = new MutationObserver((records) => {
    if (!last) return
    const lost = last
    if (document.activeElement === lost && lost.matches(":disabled"))
      return pass(lost, lost.parentElement as HTMLElement, lost.nextSibling, lost.previousSibling)
    if (document.activeElement && document.activeElement !== document.body) return
    const record = records.find(
      ({ target, removedNodes }) => target.isConnected && [...removedNodes].some((node) => node.contains(lost)),
    )
    if (record) pass(lost, record.target as HTMLElement, record.nextSibling, record.previousSibling)
  })
  document.addEventListener("focusin", note)
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] })
  return () => {
    document.removeEventListener("focusin", note)
    observer.disconnect()
  }
}

/** Gives the focus to the nearest thing to what had it, which was in a part of the page between two others. */
function pass(lost: HTMLElement, part: HTMLElement, after: Node | null, before: Node | null): void {
  // It was only moved, as an entry of a list is.
  if (canHold(lost)) return lost.focus({ preventScroll: true })
  const row = part.closest<HTMLElement>("[data-row]")
  if (row) return give(row)
  const region = part.closest<HTMLElement>("[data-region], dialog")
  // In a narrow window the list or the pane is hidden.
  if (!region?.checkVisibility()) return goHome()
  // A field of what took its place may follow. On a phone that would open the keys.
  if (region === part) return region.id === "pane" ? give(region) : enter(region)
  const next = nearest(after, (each) => each.nextSibling) ?? nearest(before, (each) => each.previousSibling)
  // Under a finger a field would open the keys.
  const field = matchMedia("(pointer: fine)").matches ? firstIn(region, "[data-focus]") : undefined
  give(next ?? field ?? part)
}

function nearest(from: Node | null, step: (node: Node) => Node | null): HTMLElement | undefined {
  for (let each = from; each; each = step(each)) {
    const found = firstIn(each, STOPS) ?? firstIn(each, HOLDERS)
    if (found) return found
  }
  return undefined
}
