// Going on to what took a moment to make, unless the person has turned to something else meanwhile.
import { attempt } from "../components/failures"
import { address, go } from "../state/address"
import { startDirectChat } from "../state/chats"
import type { UserId } from "../state/model"
import { close, opened } from "./opened"

/**
 * Does something, closes its dialog, and goes to the address that it returns, if any. What the person has opened since is
 * left alone, since they may be writing in it.
 */
export async function goAfter(work: () => Promise<unknown>): Promise<void> {
  const [before, dialog] = [address.peek(), opened.peek()]
  const path = await work()
  if (opened.peek() !== dialog) return
  close()
  if (typeof path === "string" && address.peek() === before) go(path)
}

/** Shows the one chat with a person. Returns whether it is there. */
export function writeTo(userId: UserId): Promise<boolean> {
  return attempt(() => goAfter(() => directChat(userId)))
}

/** The address of the one chat with a person. */
export async function directChat(userId: UserId): Promise<string> {
  return `/chats/${await startDirectChat(userId)}`
}
