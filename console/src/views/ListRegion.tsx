// The column with a list: a region beside the content, and on a phone the content itself while nothing is open.
import { signal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { view } from "../state/address"

// As in styles/shell.css.
const narrow = matchMedia("(max-width: 719.98px)")
const isNarrow = signal(narrow.matches)
narrow.addEventListener("change", () => (isNarrow.value = narrow.matches))

export function ListRegion({ label, children }: { label: string; children: ComponentChildren }) {
  const shown = view.value
  const isOpen = "chatId" in shown || "contactId" in shown
  return (
    <section class="list" role={isNarrow.value && !isOpen ? "main" : undefined} aria-label={label} data-region>
      {children}
    </section>
  )
}
