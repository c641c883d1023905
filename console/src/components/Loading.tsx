// What a list shows while it is read, and when it could not be.
import { useEffect, useState } from "preact/hooks"
import { t } from "../text"
import { explain } from "./failures"
import { Why } from "./Why"

// Most answers are there before. A skeleton that flashes is worse than nothing.
const LATE_MS = 150

/** Whether something has been so for some time. */
export function useLate(isSo: boolean, after = LATE_MS): boolean {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (!isSo) return setLate(false)
    const timer = setTimeout(() => setLate(true), after)
    return () => clearTimeout(timer)
  }, [isSo, after])
  return isSo && isLate
}

/** Grey lines in the shape of a list that is still being read. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  if (!useLate(true)) return null
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="skeleton-row">
          <span class="skeleton-circle" />
          <span class="skeleton-line" />
          <span class="skeleton-line short" />
        </div>
      ))}
    </div>
  )
}

export function Failed({ failure, onRetry }: { failure: unknown; onRetry: () => void }) {
  return (
    <div class="empty" role="alert">
      <p>
        <Why {...explain(failure)} />
      </p>
      <button type="button" class="button" onClick={onRetry}>
        {t("common.retry")}
      </button>
    </div>
  )
}
