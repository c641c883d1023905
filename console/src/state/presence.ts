// Tells others whether this person is there. The tab with the stream does it for all tabs of the browser.
import { SetPresence } from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection } from "./connection"
import { leads } from "./feed"
import { hear, tell } from "./tabs"

// The server takes somebody who says nothing for two minutes as gone.
const REPEAT_MS = 60_000
const AWAY_AFTER_MS = 5 * 60_000
const TELL_TABS_MS = 30_000

let active = Date.now()
let toldTabs = 0
let said: "online" | "away" | null = null
let saidAt = 0

/** Begins to watch whether somebody uses the page. */
export function startPresence(): void {
  for (const kind of ["pointermove", "keydown", "touchstart", "focus"]) addEventListener(kind, used, { passive: true })
  document.addEventListener("visibilitychange", used)
  hear("active", () => {
    active = Date.now()
    void say()
  })
  setInterval(() => void say(), REPEAT_MS / 4)
  connection.subscribe((value) => {
    said = null
    if (value === "live") void say()
  })
}

function used(): void {
  if (document.visibilityState !== "visible") return
  active = Date.now()
  if (active - toldTabs > TELL_TABS_MS) {
    toldTabs = active
    tell({ kind: "active" })
  }
  if (said === "away") void say()
}

async function say(): Promise<void> {
  if (!leads() || connection.value !== "live") return
  const presence = Date.now() - active < AWAY_AFTER_MS ? "online" : "away"
  if (presence === said && Date.now() - saidAt < REPEAT_MS) return
  said = presence
  saidAt = Date.now()
  try {
    await call(new SetPresence({ presence }))
  } catch (error) {
    // The next one is soon.
    if (!(error instanceof Failure)) throw error
  }
}
