import { go } from "../state/address"
import { signOut } from "../state/session"

/** Signs out, and shows the way back in. Throws a `Failure`. */
export async function goOut(): Promise<void> {
  await signOut()
  go("/sign-in", "replace")
}
