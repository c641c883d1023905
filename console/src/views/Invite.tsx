// The page behind the link of an invitation. Nothing happens before a button is pressed.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { type Explained, explain } from "../components/failures"
import { Field } from "../components/Field"
import { Why } from "../components/Why"
import { type Accepted, forgetToken, type Invitation, keepToken, readInvitation, takeToken } from "../state/invitation"
import { t } from "../text"
import { InviteChoices } from "./InviteChoices"

type Shown =
  | { readonly name: "opening" | "noLink" | "dead" }
  | { readonly name: "failed"; readonly why: unknown }
  | { readonly name: "invitation"; readonly token: string; readonly invitation: Invitation }
  | { readonly name: "joined"; readonly agency: string; readonly userName: string }

export function Invite() {
  const shown = useSignal<Shown>({ name: "opening" })
  const heading = useRef<HTMLHeadingElement>(null)
  const [title, words, original] = wordsOf(shown.value)
  useEffect(() => void open(), [])
  useEffect(() => {
    document.title = `${title} – Parlour`
  }, [title])
  useEffect(() => {
    if (shown.value.name !== "opening") heading.current?.focus()
  }, [shown.value.name])

  async function open() {
    const token = takeToken()
    if (!token) return void (shown.value = { name: "noLink" })
    try {
      const invitation = await readInvitation(token)
      if (invitation) shown.value = { name: "invitation", token, invitation }
      else end()
    } catch (why) {
      shown.value = { name: "failed", why }
    }
  }

  function end() {
    forgetToken()
    shown.value = { name: "dead" }
  }

  function show(token: string, invitation: Invitation) {
    keepToken(token)
    shown.value = { name: "invitation", token, invitation }
  }

  function joined(invitation: Invitation, { userName }: Accepted) {
    forgetToken()
    shown.value = { name: "joined", agency: invitation.agencyName ?? "", userName: userName ?? "" }
  }

  const now = shown.value
  return (
    <>
      <header class="sheet-head">
        <img src="/icons/icon.svg" width="40" height="40" alt="" />
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
      </header>
      <p role="status">
        <Why words={words} original={original} />
      </p>
      {(now.name === "noLink" || now.name === "dead") && <Code onFound={show} />}
      {now.name === "failed" && (
        <button type="button" class="button main" onClick={() => void open()}>
          {t("common.retry")}
        </button>
      )}
      {now.name === "invitation" && (
        <InviteChoices
          token={now.token}
          invitation={now.invitation}
          onJoined={(answer) => joined(now.invitation, answer)}
          onDead={end}
        />
      )}
      {/* Not a change of view: the page begins anew with whoever is signed in now. */}
      {(now.name === "dead" || now.name === "joined") && (
        <a class={`button ${now.name === "joined" ? "main" : ""}`} href="/">
          {t("invite.onward")}
        </a>
      )}
    </>
  )
}

/** The heading, what it means, and what the server says if that leaves something out. */
function wordsOf(shown: Shown): [string, string, string?] {
  switch (shown.name) {
    case "opening":
      return [t("invite.title"), t("invite.opening")]
    case "noLink":
      return [t("invite.noLink"), t("invite.noLinkHint")]
    case "dead":
      return [t("invite.dead"), t("invite.deadHint")]
    case "failed":
      return failed(explain(shown.why))
    case "invitation": {
      const { inviterName = "", agencyName = "" } = shown.invitation
      return [t("invite.invites", { name: inviterName, agency: agencyName }), t("invite.nothingYet")]
    }
    case "joined":
      return [t("invite.welcome", { agency: shown.agency }), t("invite.joined", { address: shown.userName })]
  }
}

function failed({ words, original }: Explained): [string, string, string?] {
  return original ? [t("invite.failed"), words, original] : [t("invite.failed"), words]
}

function Code({ onFound }: { onFound: (code: string, invitation: Invitation) => void }) {
  const code = useSignal("")
  const wrong = useSignal<Explained | null>(null)
  const isBusy = useSignal(false)

  async function submit(event: Event) {
    event.preventDefault()
    if (isBusy.value) return
    isBusy.value = true
    wrong.value = null
    const given = code.value.trim()
    try {
      const invitation = await readInvitation(given)
      if (invitation) onFound(given, invitation)
      else wrong.value = { words: t("invite.codeWrong") }
    } catch (error) {
      wrong.value = explain(error)
    } finally {
      isBusy.value = false
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field
        label={t("invite.code")}
        hint={t("invite.codeHint")}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        maxLength={40}
        required
        value={code.value}
        onValue={(value) => (code.value = value)}
        wrong={wrong.value && <Why {...wrong.value} />}
      />
      <button type="submit" class="button main" disabled={isBusy.value}>
        {t("invite.showIt")}
      </button>
    </form>
  )
}
