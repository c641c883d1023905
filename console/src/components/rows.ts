// Long lists: only the rows in sight, and some around them, are in the document.
import type { RefObject } from "preact"
import { useLayoutEffect, useState } from "preact/hooks"

// Enough for the highest screens, and as many above and below.
const MOST_ROWS = 200
const STEP = 40

// Until one was drawn.
const USUAL_PX = 56

export interface Rows {
  /** The place of the first row that is drawn, and the one behind the last. */
  readonly first: number
  readonly end: number
  /** The room of all others, in pixels. */
  readonly before: number
  readonly after: number
}

/** Which of `count` rows of a list are drawn. The list scrolls, its children are the rows, and all have the same height. */
export function useRows(list: RefObject<HTMLElement | null>, count: number): Rows {
  const [height, setHeight] = useState(USUAL_PX)
  const [start, setStart] = useState(0)
  const first = Math.max(0, Math.min(start, count - MOST_ROWS))
  const end = Math.min(count, first + MOST_ROWS)

  useLayoutEffect(() => {
    const drawn = list.current?.firstElementChild?.getBoundingClientRect().height
    if (drawn) setHeight(drawn)
  })
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    function look() {
      if (!element) return
      const inSight = Math.ceil(element.clientHeight / height)
      const above = element.scrollTop / height - (MOST_ROWS - inSight) / 2
      // In steps, so that it is not drawn again for each scrolled pixel.
      setStart(Math.max(0, Math.round(above / STEP) * STEP))
    }
    look()
    element.addEventListener("scroll", look, { passive: true })
    return () => element.removeEventListener("scroll", look)
  }, [height])
  return { first, end, before: first * height, after: (count - end) * height }
}
