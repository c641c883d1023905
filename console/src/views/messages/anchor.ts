// Keeps the place of a list of messages while it changes: what was on screen stays where it was.

/** Where the reader is: how far from the end, and at which rows with their distance from the top of the view. */
interface Place {
  readonly toEnd: number
  readonly rows: readonly { readonly id: string; readonly top: number }[]
}

// Within this distance a reader counts as being at the end, and new messages scroll into view.
const END_PX = 100

// At the end to the pixel, but for rounding. Somebody a little above it scrolls there, and is not to be pulled back.
const EXACT_PX = 2

/** Knows where the reader of a list is, and brings them back there. */
export class Anchor {
  /** Whether there are more messages than the list has, so that its end is not the end of the chat. */
  hasNewer = false
  private toEnd = 0
  private scrolledTo = 0
  private last: Place = { toEnd: 0, rows: [] }

  constructor(readonly list: HTMLElement) {}

  /** Whether the reader is at the end of the chat, so that they see what comes. */
  get isAtEnd(): boolean {
    return this.toEnd <= END_PX && !this.hasNewer
  }

  /** The list was scrolled. A change of its contents is something else: it leaves the reader where they are. */
  scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.list
    this.toEnd = scrollHeight - scrollTop - clientHeight
    this.scrolledTo = scrollTop
  }

  /** Where the reader is now. Those rows come first that begin in sight, the upper ones before the lower ones. */
  place(): Place {
    if (this.isCutShort) return this.last
    if (this.hasMoved) this.scrolled()
    const { top, bottom } = this.list.getBoundingClientRect()
    const rows = rowsBetween(this.list, top, bottom).map((row) => ({
      id: row.dataset.id ?? "",
      top: row.getBoundingClientRect().top - top,
    }))
    this.last = {
      toEnd: this.hasNewer ? Number.POSITIVE_INFINITY : this.toEnd,
      rows: [...rows.filter((row) => row.top >= 0), ...rows.filter((row) => row.top < 0)],
    }
    return this.last
  }

  /** Scrolls so that the first of the rows that is still there is where it was. Who was at the end stays there, and sees
   * what came. */
  restore({ toEnd, rows }: Place, hasCome: boolean): void {
    const { list } = this
    const { top } = list.getBoundingClientRect()
    const kept = rows.find(({ id }) => rowOf(list, id))
    if (toEnd <= (hasCome ? END_PX : EXACT_PX)) list.scrollTop = list.scrollHeight
    else if (kept) {
      const moved = (rowOf(list, kept.id) as HTMLElement).getBoundingClientRect().top - top - kept.top
      if (Math.abs(moved) >= 0.5) list.scrollTop += moved
    }
    this.scrolled()
    this.place()
  }

  /** Heights have changed by something that nobody told before. */
  resized(): void {
    if (this.hasMoved && !this.isCutShort) this.place()
    else this.restore(this.last, false)
  }

  /** Whether the list was scrolled since. The event of a scroll comes only with the next frame. */
  private get hasMoved(): boolean {
    // Less than a pixel is rounding.
    return Math.abs(this.list.scrollTop - this.scrolledTo) >= 1
  }

  /**
   * Whether the list has become shorter than the reader had scrolled, in a wider window for example. The browser has moved
   * them to its end, and they did not scroll: they are still where they were.
   */
  private get isCutShort(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.list
    const end = scrollHeight - clientHeight
    return this.scrolledTo >= end + 1 && scrollTop > end - 1
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
