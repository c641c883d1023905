// Which dialog is open. There is one at a time.
import { signal } from "@preact/signals"
import type { ChatId } from "../state/model"

export type Opened =
  | { readonly name: "switcher" | "shortcuts" | "newChat" | "signOut" }
  | { readonly name: "addPeople" | "rename" | "leave" | "archive"; readonly chatId: ChatId }

export const opened = signal<Opened | null>(null)

export function open(dialog: Opened): void {
  opened.value = dialog
}

export function close(): void {
  opened.value = null
}
