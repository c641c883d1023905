// Notifications in this browser: by Web Push where the server and the browser have it, else while the page is open.
//
// A person turns them on in each browser by themselves. Browsers lose subscriptions at times, and the server may have
// another key. So the subscription is looked at, and saved again, whenever the console is opened.
import { batch, computed, effect, signal } from "@preact/signals"
import {
  DeletePushSubscription,
  GetPushKey,
  GetPushSubscriptions,
  type PushSubscription as Saved,
  SavePushSubscription,
  SendTestPush,
} from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection } from "./connection"
import { get, keep, remove } from "./database"
import { type Choice, choiceKey, type Notice } from "./notices"
import { me } from "./store"
import { registration, show } from "./worker"

export type Status =
  /** Not looked at yet. */
  | "unknown"
  /** The browser has no notifications, or the connection is not safe. */
  | "unsupported"
  /** On an iPhone or iPad they are only for apps on the home screen. */
  | "needsInstalling"
  /** The person has forbidden them in the browser. */
  | "blocked"
  | "off"
  /** They come while a page of the console is open. */
  | "page"
  /** They always come. */
  | "push"

export const status = signal<Status>("unknown")
export const hidesText = signal(false)
/** The subscription of this browser on the server. */
export const ownId = signal<string | null>(null)

/** Whether notifications are on in this browser. */
export const isOn = computed(() => status.value === "page" || status.value === "push")

// How long the server may need for a test.
const TEST_TRIES = 10
const TEST_PAUSE_MS = 1_000

/** Looks after the subscription of whoever is signed in. Called once for each page. */
export function startPush(): void {
  const userId = computed(() => me.value?.userId ?? null)
  let renewedFor: string | null = null
  effect(() => {
    if (userId.value === renewedFor || connection.value !== "live") return
    renewedFor = userId.value
    if (renewedFor) void renew(renewedFor)
  })
}

/** Turns notifications on, which asks the person for permission. Must be called because of a click. */
export async function turnOn(hides: boolean): Promise<void> {
  const userId = me.value?.userId
  if (!userId) return
  if ((await Notification.requestPermission()) === "granted") await choose(userId, hides)
  await renew(userId)
}

/** Turns notifications off in this browser. */
export async function turnOff(): Promise<void> {
  const userId = me.value?.userId
  if (!userId) return
  await remove("person", choiceKey(userId))
  await inTurn(unsubscribe)
}

async function unsubscribe(): Promise<void> {
  const id = ownId.value
  await (await subscribed())?.unsubscribe()
  try {
    if (id) await removeBrowser(id)
  } finally {
    // If the server was not told, it hears from the push service that the browser is gone.
    batch(() => {
      status.value = "off"
      ownId.value = null
    })
  }
}

/** Chooses whether notifications have nothing but the chat's name. */
export async function setHidesText(hides: boolean): Promise<void> {
  const userId = me.value?.userId
  if (!userId) return
  await choose(userId, hides)
  await renew(userId)
}

/** Shows a test in this browser. Returns what the push service says against it, if it does. Throws a `Failure`. */
export async function sendTest(notice: Notice): Promise<string | null> {
  const id = ownId.value
  if (!id) {
    await show(notice)
    return null
  }
  const before = (await mine(id))?.dateDelivered
  await call(new SendTestPush({ pushSubscriptionId: id }))
  for (let attempt = 0; attempt < TEST_TRIES; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, TEST_PAUSE_MS))
    const saved = await mine(id)
    if (saved?.lastError) return saved.lastError
    if (saved?.dateDelivered !== before) return null
  }
  return ""
}

/** All browsers in which the person is told of messages. */
export async function browsers(): Promise<readonly Saved[]> {
  return (await call(new GetPushSubscriptions())).subscriptions
}

/** Ends the notifications of another browser. */
export async function removeBrowser(pushSubscriptionId: string): Promise<void> {
  try {
    await call(new DeletePushSubscription({ pushSubscriptionId }))
  } catch (error) {
    // It was removed meanwhile.
    if (!(error instanceof Failure) || error.reason !== "missing") throw error
  }
}

async function mine(id: string): Promise<Saved | undefined> {
  return (await browsers()).find((each) => each.pushSubscriptionId === id)
}

function choose(userId: string, hides: boolean): Promise<void> {
  const choice: Choice = { hidesText: hides, deviceName: deviceName() }
  return keep("person", choiceKey(userId), choice)
}

let latest: Promise<unknown> = Promise.resolve()

/** Changes the subscription once the change before is done. On a slow network an older choice would win otherwise. */
function inTurn(change: () => Promise<void>): Promise<void> {
  const done = latest.then(change, change)
  latest = done
  return done
}

/** Makes the subscription what the person chose, here and on the server. */
function renew(userId: string): Promise<void> {
  return inTurn(() => renewNow(userId))
}

async function renewNow(userId: string): Promise<void> {
  const choice = await get<Choice>("person", choiceKey(userId)).catch(() => undefined)
  const found = await statusFor(choice)
  const id = found === "push" && choice ? await save(choice) : null
  batch(() => {
    status.value = found === "push" && !id ? "page" : found
    hidesText.value = choice?.hidesText ?? hidesText.value
    ownId.value = id
  })
}

async function statusFor(choice: Choice | undefined): Promise<Status> {
  if (!("Notification" in globalThis) || !(await registration)) return isOnIPhone() ? "needsInstalling" : "unsupported"
  if (Notification.permission === "denied") return "blocked"
  return choice && Notification.permission === "granted" ? "push" : "off"
}

/** Subscribes if need be, and saves the subscription. Null if there is no Web Push at this time. */
async function save({ hidesText, deviceName }: Choice): Promise<string | null> {
  try {
    const { publicKey } = await call(new GetPushKey())
    const manager = (await registration)?.pushManager
    if (!publicKey || !manager) return null
    const { endpoint = "", keys = {} } = (await subscription(manager, publicKey)).toJSON()
    const { p256dh = "", auth = "" } = keys
    const saved = await call(new SavePushSubscription({ endpoint, p256dh, auth, hidesText, deviceName }))
    return saved.subscription?.pushSubscriptionId ?? null
  } catch (error) {
    // Without a push service, a browser refuses to subscribe.
    if (!(error instanceof Failure) && !(error instanceof DOMException)) throw error
    return null
  }
}

/** The subscription with this key. One with another key is of no use: the server cannot push to it any more. */
async function subscription(manager: PushManager, publicKey: string): Promise<PushSubscription> {
  const known = await manager.getSubscription()
  if (known && encoded(known.options.applicationServerKey) === publicKey) return known
  await known?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
}

async function subscribed(): Promise<PushSubscription | null> {
  return (await (await registration)?.pushManager?.getSubscription()) ?? null
}

/** Bytes as base64url without padding. */
function encoded(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))))
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

function isOnIPhone(): boolean {
  return "standalone" in navigator && !navigator.standalone
}

const BROWSERS = { "Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari" }
const SYSTEMS = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  "Mac OS": "Mac",
  Linux: "Linux",
}

/** A name by which a person knows this browser, such as `Firefox · Linux`. */
function deviceName(): string {
  const first = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).find(([sign]) => navigator.userAgent.includes(sign))?.[1]
  return [first(BROWSERS), first(SYSTEMS)].filter(Boolean).join(" · ")
}
