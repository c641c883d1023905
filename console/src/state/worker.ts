// The service worker: it opens the console without a network, and shows notifications (see `worker/sw.ts`).
import { go } from "./address"
import type { Going, Notice, Saying } from "./notices"

// A page that stays open for weeks would never ask for a new worker by itself.
const LOOK_MS = 60 * 60_000

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** The worker of this page. Null where there is none, such as on connections that are not safe. */
export let registration: Promise<ServiceWorkerRegistration | null> = Promise.resolve(null)

/** Registers the worker. Called once for each page. */
export function startWorker(): void {
  if (!("serviceWorker" in navigator)) return
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<Going>) => {
    if (data.kind === "go") go(data.path)
  })
  registration = navigator.serviceWorker.register(trusted("/sw.js")).then(
    (registered: ServiceWorkerRegistration | undefined) => {
      // What blocks workers for a person, or for a test, may answer with nothing.
      if (!registered) return null
      setInterval(() => void registered.update().catch(() => {}), LOOK_MS)
      return Promise.race([navigator.serviceWorker.ready, whenGivenUp(registered)])
    },
    // A browser may refuse it, in a private window for example.
    () => null,
  )
}

/** Null as soon as the first worker of this browser cannot be installed, since the disk is full for example. */
function whenGivenUp(registered: ServiceWorkerRegistration): Promise<null> {
  const worker = registered.installing
  return new Promise((resolve) =>
    worker?.addEventListener("statechange", () => {
      if (worker.state === "redundant" && !registered.active) resolve(null)
    }),
  )
}

/** Shows a notification, unless a window of the console is looked at. */
export async function show(notice: Notice): Promise<void> {
  const saying: Saying = { kind: "notice", notice }
  ;(await registration)?.active?.postMessage(saying)
}

/** Takes away what was shown to a person who is not here any more. */
export async function clearNotices(): Promise<void> {
  const shown = (await (await registration)?.getNotifications?.()) ?? []
  for (const notice of shown) notice.close()
  await navigator.clearAppBadge?.().catch(() => {})
}

/** The address as the page's policy for scripts wants it. Browsers without such policies take it as it is. */
function trusted(url: string): string {
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  return policies?.createPolicy("parlour", { createScriptURL: (own) => own }).createScriptURL(url) ?? url
}
