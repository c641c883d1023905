// What a browser keeps over reloads: messages that wait, files, and who is signed in. In IndexedDB.
//
// A browser may refuse it, for example when the disk is full. What cannot be kept is still sent while the page is open.

/** Each store has its own keys, which begin with the id of the person they belong to. */
type Store = "messages" | "uploads" | "files" | "person"

const STORES: readonly Store[] = ["messages", "uploads", "files", "person"]

let opening: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("parlour", 1)
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store)
    }
    request.onsuccess = () => {
      // Another tab has a newer version of the console.
      request.result.onversionchange = () => {
        request.result.close()
        opening = null
      }
      resolve(request.result)
    }
    request.onerror = () => {
      opening = null
      reject(request.error)
    }
  })
  return opening
}

async function inStore<T>(
  store: Store,
  mode: IDBTransactionMode,
  run: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode)
    const request = run(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error)
  })
}

/** All values whose key begins with the id of a person, in the order of their keys. */
export function allOf<T>(store: Store, userId: string): Promise<T[]> {
  return inStore(store, "readonly", (each) => each.getAll(rangeOf(userId)))
}

export function get<T>(store: Store, key: string): Promise<T | undefined> {
  return inStore(store, "readonly", (each) => each.get(key))
}

export async function keep(store: Store, key: string, value: unknown): Promise<void> {
  await inStore(store, "readwrite", (each) => each.put(value, key))
}

export async function remove(store: Store, key: string): Promise<void> {
  await inStore(store, "readwrite", (each) => each.delete(key))
}

/** Removes all values whose key begins with the id of a person. */
export async function removeAllOf(store: Store, userId: string): Promise<void> {
  await inStore(store, "readwrite", (each) => each.delete(rangeOf(userId)))
}

function rangeOf(userId: string): IDBKeyRange {
  return IDBKeyRange.bound(`${userId}/`, `${userId}0`, false, true)
}

/** Changes a value in one step, if it is there. */
export async function change<T>(store: Store, key: string, how: (value: T) => T): Promise<void> {
  const database = await open()
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite")
    const values = transaction.objectStore(store)
    const request = values.get(key)
    request.onsuccess = () => {
      if (request.result !== undefined) values.put(how(request.result as T), key)
    }
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Notes who is signed in, or that nobody is. If the browser keeps nothing, it shall not keep who it was before either. */
export async function keepPerson(userId: string): Promise<void> {
  await keep("person", "", userId).catch(() => remove("person", "").catch(() => {}))
}

/** Whether a person is the one who is signed in, as far as the tabs of this browser know. */
export async function isPerson(userId: string): Promise<boolean> {
  const known = await get<string>("person", "").catch(() => undefined)
  return known === undefined || known === userId
}
