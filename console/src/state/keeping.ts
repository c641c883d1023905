// Keeps the messages that wait, in IndexedDB. That needs some milliseconds, and a page may be left within them. So the
// local storage notes what is to be kept or removed until it is done.
import { allOf, keep, remove, removeAllOf } from "./database"
import type { UserId } from "./model"
import { removeStoredAt, storedAt, store } from "./storage"

const TO_KEEP = "parlour.message."
const TO_REMOVE = "parlour.dropped."

/** A key begins with the id of the person. */
interface Keyed {
  readonly userId: UserId
  readonly chatMessageId: string
}

/** Keeps a message. Returns whether IndexedDB has taken it. */
export async function keepMessage(message: Keyed): Promise<boolean> {
  const key = keyOf(message)
  store(TO_KEEP + key, message)
  try {
    await keep("messages", key, message)
  } catch {
    return false
  }
  store(TO_KEEP + key, null)
  return true
}

export function removeMessage(message: Keyed): Promise<void> {
  store(TO_KEEP + keyOf(message), null)
  return removeAt(keyOf(message))
}

/** All messages of a person that are kept. Null if the browser does not say. */
export function keptMessages<T extends Keyed>(userId: UserId): Promise<readonly T[] | null> {
  return allOf<T>("messages", userId).catch(() => null)
}

/** What pages that were left could not finish: removes what is to be removed, and returns what is to be kept. */
export async function leftMessages<T extends Keyed>(userId: UserId): Promise<readonly T[]> {
  for (const id of storedAt(`${TO_REMOVE}${userId}/`).keys()) await removeAt(`${userId}/${id}`)
  return [...storedAt<T>(`${TO_KEEP}${userId}/`).values()]
}

/** Removes all messages of a person. */
export async function forgetMessages(userId: UserId): Promise<void> {
  removeStoredAt(`${TO_KEEP}${userId}/`)
  removeStoredAt(`${TO_REMOVE}${userId}/`)
  await removeAllOf("messages", userId).catch(() => {})
}

export function keyOf({ userId, chatMessageId }: Keyed): string {
  return `${userId}/${chatMessageId}`
}

async function removeAt(key: string): Promise<void> {
  store(TO_REMOVE + key, true)
  await remove("messages", key).then(
    () => store(TO_REMOVE + key, null),
    () => {},
  )
}
