// What the tabs of one browser tell each other, and what only one of them does at a time.
import type { Connection } from "./connection"
import type { Happened } from "./events"
import type { ChatId, UserId } from "./model"

export type Told =
  /** The tab with the stream heard an event. */
  | { readonly kind: "event"; readonly userId: UserId; readonly event: Happened }
  /** The stream was opened: each tab catches up from its own cursor. */
  | { readonly kind: "opened"; readonly userId: UserId }
  | { readonly kind: "connection"; readonly connection: Connection }
  /** A new tab asks how the stream is. */
  | { readonly kind: "hello" }
  /** Somebody signed in, or out. */
  | { readonly kind: "person"; readonly userId: UserId | null }
  /** The waiting messages of a chat have changed. */
  | { readonly kind: "outbox"; readonly chatId: ChatId }
  /** The files that are being uploaded have changed. */
  | { readonly kind: "uploads" }
  /** Somebody uses this tab. */
  | { readonly kind: "active" }

type Kinds = { readonly [K in Told["kind"]]: Extract<Told, { kind: K }> }

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("parlour")
const listeners = new Map<Told["kind"], Set<(told: never) => void>>()

channel?.addEventListener("message", ({ data }: MessageEvent<Told>) => {
  for (const listener of listeners.get(data.kind) ?? []) listener(data as never)
})

/** Tells all other tabs. */
export function tell(told: Told): void {
  channel?.postMessage(told)
}

/** Hears what other tabs tell. */
export function hear<K extends Told["kind"]>(kind: K, listener: (told: Kinds[K]) => void): void {
  const known = listeners.get(kind) ?? new Set()
  listeners.set(kind, known.add(listener as never))
}

// Browsers have locks only where the connection is safe. Elsewhere each tab is on its own.
const locks = globalThis.navigator?.locks as LockManager | undefined
const ownChains = new Map<string, Promise<unknown>>()

/** The lock of who is signed in. */
export const PERSON = "parlour-person"

/** Runs something that no other tab does at the same time. Waits for its turn. */
export function alone<T>(name: string, run: () => Promise<T>): Promise<T> {
  if (locks) return locks.request(name, run) as Promise<T>
  const mine = (ownChains.get(name) ?? Promise.resolve()).then(run, run)
  ownChains.set(
    name,
    mine.catch(() => {}),
  )
  return mine
}

/** Runs something in place of the tab that does it, which hears of that by a failure. */
export function inPlaceOfOther<T>(name: string, run: () => Promise<T>): Promise<T> {
  return locks ? (locks.request(name, { steal: true }, run) as Promise<T>) : run()
}

/** Runs something that others may do too, but not while somebody is `alone` with it. */
export function together<T>(name: string, run: () => Promise<T>): Promise<T> {
  return locks ? (locks.request(name, { mode: "shared" }, run) as Promise<T>) : run()
}
