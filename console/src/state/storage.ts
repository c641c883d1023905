// The browser's local storage, which keeps a value at once. It holds little, so larger things are in `database.ts`.
//
// Each value has a name of its own, so that tabs do not write over those of others. A browser may keep nothing at all.

/** All values whose names begin with a prefix, by the rest of their names. */
export function storedAt<T>(prefix: string): ReadonlyMap<string, T> {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix))
    return new Map(
      names.map((name) => [name.slice(prefix.length), JSON.parse(localStorage.getItem(name) ?? "null") as T]),
    )
  } catch {
    return new Map()
  }
}

/** Removes all values whose names begin with a prefix. */
export function removeStoredAt(prefix: string): void {
  for (const name of storedAt(prefix).keys()) store(prefix + name, null)
}

/** Keeps a value, or removes it if it is null. */
export function store(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, JSON.stringify(value))
  } catch {
    // Then it lives as long as the page.
  }
}
