// Who is signed in. The tabs of a browser share that: what one does about it holds for all.
//
// Nothing may be shown to, or sent as, another person. So whoever signs in or out is `alone` with the lock of the
// person, and each message of the outbox is sent under that lock, after a look at who is signed in by then. Each request
// carries the person it was made for as well, for sign-ins outside of these pages.
import { Authenticate, GetMe } from "../api/dtos"
import { call, Failure, listeners, post } from "../api/client"
import { person } from "../api/person"
import { serverSays, startClock } from "./clock"
import { pause, pauseBefore } from "./connection"
import { keepPerson } from "./database"
import { startDelivery } from "./delivery"
import { closeDrafts, forgetDrafts, openDrafts, saveDrafts } from "./drafts"
import { follow, stop } from "./feed"
import { forgetMessages } from "./keeping"
import { closeOutbox, openOutbox } from "./outbox"
import { closePane } from "./pane"
import { startPresence } from "./presence"
import { isSignedOut, state } from "./store"
import { alone, hear, PERSON, tell, together } from "./tabs"
import { closeUploads, forgetAllUploads, openUploads } from "./uploads"
import { clearNotices } from "./worker"

/** Begins: finds out who is signed in, and follows what happens. Called once for each page. */
export function start(): Promise<void> {
  person.userId = () => state.peek()?.me.userId
  listeners.date = serverSays
  listeners.signedOut = (userId) => void refused(userId)
  hear("person", ({ userId }) => void changedTo(userId))
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void checkPerson()
  })
  startClock()
  startPresence()
  startDelivery()
  return begin()
}

/** Signs in. Throws a `Failure`, whose reason is `signedOut` if the name or the password is wrong. */
export async function signIn(userName: string, password: string): Promise<void> {
  await enter(userName, password)
  await begin()
}

/** Signs in without reading anything: who has an account may have no place in an agency yet. Throws a `Failure`. */
export async function enter(userName: string, password: string): Promise<void> {
  await alone(PERSON, async () => {
    const { userId = "" } = await post(
      new Authenticate({ provider: "credentials", userName, password, rememberMe: true }),
    )
    await keepPerson(userId)
    tell({ kind: "person", userId })
  })
  if (state.value) forget()
}

/**
 * Signs out, and removes from this browser what the person has written: others may use it next. What waits is lost, so
 * ask before. If a session ends elsewhere nothing is removed. Throws a `Failure`.
 */
export async function signOut(): Promise<void> {
  const userId = state.peek()?.me.userId ?? ""
  await saveDrafts()
  await alone(PERSON, async () => {
    await post(new Authenticate({ provider: "logout" }))
    await keepPerson("")
    tell({ kind: "person", userId: null })
    forget()
    forgetDrafts(userId)
    await forgetMessages(userId)
    await forgetAllUploads(userId)
  })
}

let attempts = new AbortController()
let beginning = Promise.resolve()

/** Waits until it is known what waits for whoever is signed in. */
export function whenBegun(): Promise<void> {
  return beginning
}

function begin(): Promise<void> {
  beginning = readAll()
  return beginning
}

/** Reads everything of whoever is signed in. Tries again until the server answers. */
async function readAll(): Promise<void> {
  attempts.abort()
  attempts = new AbortController()
  const { signal } = attempts
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await together(PERSON, async () => {
        await follow({ changed: (userId) => void changedTo(userId) })
        if (!state.value || signal.aborted) return
        const { userId } = state.value.me
        await keepPerson(userId)
        // They may have signed in elsewhere, such as by an invitation.
        tell({ kind: "person", userId })
      })
      if (!state.value || signal.aborted) return
      isSignedOut.value = false
      const { userId } = state.value.me
      openDrafts(userId)
      await openUploads(userId)
      await openOutbox(userId)
      return
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (error.reason === "signedOut") return
      await pause(error.details.retryAfter ?? pauseBefore(attempt), signal)
    }
  }
}

/** Shows nothing of a person any more. What they have not sent yet stays in their outbox. */
function forget(): void {
  attempts.abort()
  stop()
  closePane()
  closeOutbox()
  closeDrafts()
  closeUploads()
  void clearNotices()
  state.value = null
  isSignedOut.value = true
}

let isChecking = false

/**
 * A call for a person found nobody signed in, or another person. Then one more is asked. A call that was on its way while
 * another person signed in says nothing about them.
 */
async function refused(userId: string | undefined): Promise<void> {
  if (isChecking || userId !== state.value?.me.userId) return
  isChecking = state.value !== null
  forget()
  if (!isChecking) return
  const { me } = await call(new GetMe()).catch(() => ({ me: undefined }))
  isChecking = false
  if (me) await changedTo(me.userId)
}

async function changedTo(userId: string | null): Promise<void> {
  if (userId !== null && userId === state.value?.me.userId) return
  forget()
  if (userId === null) return
  isSignedOut.value = false
  await begin()
}

/** Asks the server who is signed in: somebody may have signed in as another person outside of these pages. */
async function checkPerson(): Promise<void> {
  if (!state.value) return
  try {
    const { me } = await call(new GetMe())
    if (me) await changedTo(me.userId)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}
