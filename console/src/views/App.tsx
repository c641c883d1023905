import { effect } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { keepFocus } from "../components/focus"
import { lazy } from "../components/lazy"
import { Skeleton, useLate } from "../components/Loading"
import { goOn, view } from "../state/address"
import { connection } from "../state/connection"
import { choice } from "../state/settings"
import { me, state } from "../state/store"
import { setLanguage, t } from "../text"
import { Shell } from "./Shell"
import { SignIn } from "./SignIn"

const Invite = lazy(async () => (await import("./Invite")).Invite)

let wasIn = false

export function App() {
  useEffect(() => followChoices(), [])
  useEffect(() => keepFocus(), [])
  if (view.value.name === "invite") return <Invited />
  if (me.value) wasIn = true
  // Somebody was here until a moment ago, and did not choose to go: the session ended elsewhere.
  if (me.value === null) return <SignIn wasIn={wasIn && view.value.name !== "signIn"} />
  if (me.value === undefined) return view.value.name === "signIn" ? <SignIn /> : <Opening />
  if (view.value.name === "signIn") return <Onward path={view.value.continue} />
  return <Shell />
}

/** The page of an invitation, whoever is signed in. It shows its own heading. */
function Invited() {
  return (
    <main class="alone">
      <div class="sheet wide">
        <Invite />
      </div>
    </main>
  )
}

// A server that answers does so before this.
const PATIENCE_MS = 1_000

/** Before the server has answered for the first time: the frame of what comes, or why it takes so long. */
function Opening() {
  const isLate = useLate(true, PATIENCE_MS)
  if (!isLate) return <Frame />
  const words = connection.value === "offline" ? t("common.openingOffline") : t("common.openingLate")
  return (
    <main class="alone">
      <p class="sheet" role="status">
        {words}
      </p>
    </main>
  )
}

function Frame() {
  return (
    <div class="shell" aria-hidden="true">
      <div class="rail" />
      <div class="list">
        <div class="list-head" />
        <Skeleton rows={8} />
      </div>
      <div class="pane" />
    </div>
  )
}

/** Somebody who is signed in already has nothing to do on the page for it. */
function Onward({ path }: { path: string }) {
  useEffect(() => goOn(path), [])
  return null
}

const THEME = "parlour.theme"

/** Keeps language and theme as the person chose. The theme is kept in the browser too, for the next start. */
function followChoices(): () => void {
  const language = () => state.value?.me.language
  const endLanguage = effect(() => void setLanguage(language()))
  const endTheme = effect(() => {
    const theme = state.value ? choice("theme") : localStorage.getItem(THEME)
    if (state.value) localStorage.setItem(THEME, choice("theme"))
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
    else delete document.documentElement.dataset.theme
  })
  return () => {
    endLanguage()
    endTheme()
  }
}
