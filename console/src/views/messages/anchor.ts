// Keeps the place of a list of messages while it changes: what was on screen stays where it was.

/** Where the reader is: at the newest message, or at rows with their distance from the top of the view. */
interface Place {
  readonly isAtEnd: boolean
  readonly rows: readonly { readonly id: string; readonly top: number }[]
}

// Within this distance a reader counts as being at the end, and new messages scroll into view.
const END_PX = 100

export function isAtEnd(list: HTMLElement): boolean {
  return list.scrollHeight - list.scrollTop - list.clientHeight <= END_PX
}

/** The rows in sight, the upper ones first. Those that begin in sight come before one that began above. */
export function placeIn(list: HTMLElement, isAtEnd: boolean): Place {
  if (isAtEnd) return { isAtEnd, rows: [] }
  const { top, bottom } = list.getBoundingClientRect()
  const rows = rowsBetween(list, top, bottom).map((row) => ({ id: row.dataset.id ?? "", top: row.getBoundingClientRect().top - top }))
  const begun = rows.filter((row) => row.top >= 0)
  return { isAtEnd, rows: [...begun, ...rows.filter((row) => row.top < 0)] }
}

/** Scrolls so that the first of the rows that is still there is where it was. */
export function restore(list: HTMLElement, place: Place): void {
  if (place.isAtEnd) {
    list.scrollTop = list.scrollHeight
    return
  }
  const { top } = list.getBoundingClientRect()
  for (const { id, top: before } of place.rows) {
    const row = rowOf(list, id)
    if (!row) continue
    const moved = row.getBoundingClientRect().top - top - before
    // Less than half a pixel is rounding.
    if (Math.abs(moved) >= 0.5) list.scrollTop += moved
    return
  }
}

export function rowOf(list: HTMLElement, id: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)
}

/** The rows that are at least partly between two heights of the window, found by halving. */
export function rowsBetween(list: HTMLElement, top: number, bottom: number): HTMLElement[] {
  const rows = list.querySelectorAll<HTMLElement>("[data-id]")
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle] as HTMLElement).getBoundingClientRect().bottom > top) high = middle
    else low = middle + 1
  }
  const found: HTMLElement[] = []
  for (let at = low; at < rows.length; at += 1) {
    const row = rows[at] as HTMLElement
    if (row.getBoundingClientRect().top >= bottom) break
    found.push(row)
  }
  return found
}
