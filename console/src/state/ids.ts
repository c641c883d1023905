// Ids that this client chooses.

/** A new id, as the server writes ids. `crypto.randomUUID` is there only on safe connections. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
}
