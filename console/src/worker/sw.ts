// The service worker: opens the shell without a network, and shows notifications. It never keeps answers of the API.
//
// It keeps the page and all files of its bundle, whose names have a hash. The page comes from the server whenever that
// answers, so an update is there at the next load. The files of the bundle before stay for tabs that are still open.
import { forPerson } from "../api/person"
import { get } from "../state/database"
import { type Choice, choiceKey, type Notice, type Saying } from "../state/notices"

declare const self: ServiceWorkerGlobalScope
/** The files in `/assets`, and the hash of the bundle. */
declare const ASSETS: readonly string[]
declare const VERSION: string

const PREFIX = "shell-"
const SHELL = PREFIX + VERSION

/** How many bundles are kept: this one, and the one that open tabs may have. */
const KEPT = 2

/** How long the server may take for the page. After that the kept one is shown. */
const PATIENCE_MS = 3_000

/** The first parts of addresses of views. Source: VIEWS of the server's `bundle.py`. */
const VIEWS: readonly string[] = ["", "sign-in", "chats", "contacts", "invitations", "administration", "me", "search"]

const ICONS = [
  "icons/icon.svg",
  "icons/icon-unread.svg",
  "icons/192.png",
  "icons/512.png",
  "icons/maskable.png",
  "icons/badge.png",
]

const scope = new URL(self.registration.scope)
const within = (path: string) => new URL(path, scope).href

// The shell ------------------------------------------------------------------------------------------------------------

self.addEventListener("install", (event) => {
  // It takes over at once: the files of the bundle before are still there for its tabs.
  event.waitUntil(keepShell().then(() => self.skipWaiting()))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(SHELL)
  const files = [...ASSETS.map((name) => `assets/${name}`), ...ICONS, "manifest.webmanifest"]
  const page = await fetch(within(""), { headers: { Accept: "text/html" }, cache: "no-cache" })
  if (!page.ok) throw new Error("The page is not there.")
  await cache.addAll(files.map(within))
  // Last, so that a shell with a page is whole.
  await cache.put(within(""), page)
}

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => self.clients.claim()))
})

async function forgetOldShells(): Promise<void> {
  // The names are in the order in which the shells were made.
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL)
  await Promise.all(others.slice(0, Math.max(0, others.length - KEPT + 1)).map((name) => caches.delete(name)))
}

self.addEventListener("fetch", (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== "GET" || url.origin !== scope.origin) return
  const first = firstPart(url)
  if (request.mode === "navigate") {
    if (VIEWS.includes(first)) event.respondWith(page(request))
  } else if (first === "assets" || first === "icons" || first === "manifest.webmanifest") {
    event.respondWith(kept(url.href).then((found) => found ?? fetch(request)))
  }
})

function firstPart(url: URL): string {
  return url.pathname.slice(scope.pathname.length).split("/")[0] ?? ""
}

/** The page from the server, or the kept one if there is no answer, none in time, or that of a failing proxy. */
async function page(request: Request): Promise<Response> {
  const asked = fetch(request)
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS))
  const answer = await Promise.race([asked, late]).catch(() => null)
  if (answer && answer.status < 500) return answer
  return (await (await caches.open(SHELL)).match(within(""), { ignoreVary: true })) ?? asked
}

/** A file of this bundle or of an older one. */
function kept(url: string): Promise<Response | undefined> {
  return caches.match(url, { ignoreVary: true, ignoreSearch: true })
}

// Notifications --------------------------------------------------------------------------------------------------------

/** What the server sends. Source: the declarative push message of the W3C, and docs/push.md. */
interface Pushed {
  readonly notification: Notice
  readonly app_badge?: number
}

self.addEventListener("push", (event) => {
  event.waitUntil(showPushed(event.data?.json() as Pushed))
})

async function showPushed({ notification, app_badge: badge }: Pushed): Promise<void> {
  if (badge !== undefined) await self.navigator.setAppBadge?.(badge).catch(() => {})
  await show(notification)
}

self.addEventListener("message", (event) => {
  const said = event.data as Saying
  if (said.kind === "notice") event.waitUntil(show(said.notice))
})

/** Shows a notification, unless somebody looks at the console: it shows the message itself. */
async function show({ title, navigate, tag, ...options }: Notice): Promise<void> {
  const isLookedAt = (await windows()).some((client) => client.focused && client.visibilityState === "visible")
  if (isLookedAt && tag !== "test") return
  const before = await self.registration.getNotifications({ tag })
  // A page of this browser may have shown the same message already. Then it does not sound again.
  const isNew = before.every((each) => (each.data as Partial<Notice> | null)?.navigate !== navigate)
  await self.registration.showNotification(title, {
    ...options,
    tag,
    renotify: isNew,
    silent: !isNew,
    icon: within("icons/192.png"),
    badge: within("icons/badge.png"),
    data: { navigate },
  } as NotificationOptions)
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(open((event.notification.data as Notice).navigate))
})

/** Shows an address: in a window of the console if there is one, else in a new one. */
async function open(address: string): Promise<void> {
  const url = new URL(address, scope)
  const found = await windows()
  const client = found.find((each) => each.focused) ?? found[0]
  if (!client) {
    // The server may know itself by another name than this browser does.
    await self.clients.openWindow(scope.origin + url.pathname)
    return
  }
  client.postMessage({ kind: "go", path: url.pathname })
  // A browser refuses this unless somebody has clicked.
  await client.focus().catch(() => {})
}

/** The windows of the console, the one last used first. */
async function windows(): Promise<readonly WindowClient[]> {
  const found = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  return found.filter((client) => VIEWS.includes(firstPart(new URL(client.url))))
}

// The browser made another subscription, or ended it. The page would notice that when it is opened, which may be late.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(subscribeAgain(event as PushSubscriptionChangeEvent))
})

async function subscribeAgain({ oldSubscription, newSubscription }: PushSubscriptionChangeEvent): Promise<void> {
  const userId = await get<string>("person", "")
  const choice = userId ? await get<Choice>("person", choiceKey(userId)) : undefined
  if (!userId || !choice) return
  const key = oldSubscription?.options.applicationServerKey ?? (await answer(userId, "GET", "/v1/Push/Key")).publicKey
  const options = { userVisibleOnly: true, applicationServerKey: key ?? null }
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options))
  const { endpoint, keys } = subscription.toJSON()
  const { hidesText, deviceName } = choice
  await answer(userId, "PUT", "/v1/Push/Subscriptions", { endpoint, ...keys, hidesText, deviceName })
}

/** Asks the server for a person. The framework's client would make the worker ten times as large. */
async function answer(userId: string, method: string, path: string, body?: unknown): Promise<{ publicKey?: string }> {
  const headers = { Accept: "application/json", "Content-Type": "application/json", ...forPerson(userId) }
  const answered = await fetch(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  if (!answered.ok) throw new Error(`The server answers ${answered.status}.`)
  return (await answered.json()) as { publicKey?: string }
}
