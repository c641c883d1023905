// Lists that the server returns page by page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks"

export interface Page<T> {
  readonly items: readonly T[]
  /** The cursor of the next page, if there is one. */
  readonly next?: string | undefined
}

export interface Pages<T> {
  /** All that was read so far. Null until the first page is there. */
  readonly items: readonly T[] | null
  readonly isLoading: boolean
  readonly failure: unknown
  readonly hasMore: boolean
  /** Reads the next page. */
  more(): void
  /** Reads the list again from its start, and shows the old one until then. */
  again(): void
}

type Read<T> = (cursor: string | undefined, stop: AbortSignal) => Promise<Page<T>>

interface Known<T> {
  readonly items: readonly T[] | null
  readonly next: string | undefined
  readonly isLoading: boolean
  readonly failure: unknown
}

/** Reads a list by pages. A change of `key`, such as another word to search for, reads it anew. */
export function usePages<T>(key: string, read: Read<T>): Pages<T> {
  const [known, setKnown] = useState<Known<T>>({ items: null, next: undefined, isLoading: true, failure: null })
  const running = useRef<AbortController | null>(null)
  const latest = useRef(read)
  latest.current = read

  const load = useCallback(async (cursor: string | undefined) => {
    running.current?.abort()
    const control = new AbortController()
    running.current = control
    setKnown((before) => ({ ...before, isLoading: true, failure: null }))
    try {
      const page = await latest.current(cursor, control.signal)
      if (control.signal.aborted) return
      setKnown((before) => ({
        items: cursor === undefined ? page.items : [...(before.items ?? []), ...page.items],
        next: page.next,
        isLoading: false,
        failure: null,
      }))
    } catch (failure) {
      if (!control.signal.aborted) setKnown((before) => ({ ...before, isLoading: false, failure }))
    }
  }, [])

  useEffect(() => {
    void load(undefined)
    return () => running.current?.abort()
  }, [key, load])

  return {
    items: known.items,
    isLoading: known.isLoading,
    failure: known.failure,
    hasMore: known.next !== undefined,
    more: () => {
      if (!known.isLoading && known.next !== undefined) void load(known.next)
    },
    again: () => void load(undefined),
  }
}

/** Calls `more` when the element comes into sight. */
export function useInSight(more: () => void): (element: HTMLElement | null) => void {
  const latest = useRef(more)
  latest.current = more
  const observer = useRef<IntersectionObserver | null>(null)
  useEffect(() => () => observer.current?.disconnect(), [])
  return useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect()
    if (!element) return
    observer.current = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "400px",
    })
    observer.current.observe(element)
  }, [])
}
