// The signals that views read.
import { computed, signal } from "@preact/signals"
import type { Me } from "../api/dtos"
import type { State } from "./model"

/** All that is known. Null until it was read. */
export const state = signal<State | null>(null)
export const isSignedOut = signal(false)

/** Who is signed in: unknown until the server was asked, null for nobody. */
export const me = computed<Me | null | undefined>(() => (isSignedOut.value ? null : state.value?.me))

/** Changes the state, once there is one. */
export function update(change: (state: State) => State): void {
  if (state.value) state.value = change(state.value)
}

/** The chats, newest activity first. */
export const chatsByActivity = computed(() =>
  [...(state.value?.chats.values() ?? [])].sort((a, b) => (a.summary.dateActive < b.summary.dateActive ? 1 : -1)),
)
