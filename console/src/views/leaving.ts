import { go } from "../state/address"
import { waiting } from "../state/outbox"
import { signOut, whenBegun } from "../state/session"
import { uploads } from "../state/uploads"
import { open } from "./opened"

export interface Unsent {
  readonly messages: number
  /** Files that belong to no message yet. */
  readonly files: number
}

/** What would be lost by signing out. */
export function unsent(): Unsent {
  return { messages: waiting.value.length, files: uploads.value.filter(({ isSent }) => !isSent).length }
}

/** Signs out, but asks before if something waits. Throws a `Failure`. */
export async function goOut(): Promise<void> {
  await whenBegun()
  const { messages, files } = unsent()
  if (messages + files > 0) open({ name: "signOut" })
  else await goOutNow()
}

/** Signs out, and shows the way back in. Throws a `Failure`. */
export async function goOutNow(): Promise<void> {
  await signOut()
  go("/sign-in", "replace")
}
