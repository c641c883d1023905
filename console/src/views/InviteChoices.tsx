// What an invitation offers, and the ways to accept it: as whoever is signed in, with a new account, or with another one.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Failure } from "../api/client"
import { type Explained, explain } from "../components/failures"
import { Field } from "../components/Field"
import { Why } from "../components/Why"
import { accept, type Accepted, type Invitation, whoIsSignedIn } from "../state/invitation"
import { enter } from "../state/session"
import { me } from "../state/store"
import { t } from "../text"
import { dateAndClock } from "../text/times"
import { Credentials } from "./Credentials"
import { roleName } from "./names"

interface Props {
  token: string
  invitation: Invitation
  onJoined: (accepted: Accepted) => void
  onDead: () => void
}

type Way = "asMe" | "new" | "known"

/** What went wrong: on which way, and with which field if it was one. */
interface Problem extends Explained {
  readonly way: Way
  readonly field?: "name" | "password"
}

const SHORTEST_PASSWORD = 8
const LONGEST_PASSWORD = 1_000
const LONGEST_NAME = 200

export function InviteChoices({ token, invitation, onJoined, onDead }: Props) {
  const who = useSignal<string | null>(null)
  const problem = useSignal<Problem | null>(null)
  const isBusy = useSignal(false)
  const name = useSignal("")
  const newPassword = useSignal("")
  const userName = useSignal("")
  const password = useSignal("")
  const known = useRef<HTMLElement>(null)
  const emailAddress = invitation.emailAddress ?? ""
  useEffect(() => void whoIsSignedIn().then((found) => (who.value = found)), [me.value?.userId])

  async function go(way: Way, work: () => Promise<Accepted>) {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    try {
      onJoined(await work())
    } catch (error) {
      if (error instanceof Failure && error.reason === "missing") return onDead()
      problem.value = problemOf(way, error)
      if (problem.value.way !== "known") return
      const [address, secret] = known.current?.querySelectorAll("input") ?? []
      if (way === "known") secret?.select()
      else address?.focus()
    } finally {
      isBusy.value = false
    }
  }

  async function withNewAccount(): Promise<Accepted> {
    const accepted = await accept(token, { displayName: name.value, password: newPassword.value })
    // Whoever is signed in here stays so. Otherwise the way leads on without asking for the password again.
    if (who.value === null) await enter(accepted.userName ?? "", newPassword.value).catch(() => {})
    return accepted
  }

  async function withAccount(): Promise<Accepted> {
    await enter(userName.value.trim(), password.value)
    return accept(token)
  }

  const wrong = (way: Way, field?: "name" | "password") =>
    problem.value?.way === way && problem.value.field === field ? <Why {...problem.value} /> : ""
  return (
    <>
      <dl class="facts">
        <dt>{t("invite.from")}</dt>
        <dd dir="auto">{invitation.inviterName}</dd>
        <dt>{t("invite.agency")}</dt>
        <dd dir="auto">{invitation.agencyName}</dd>
        {invitation.roleNames.length > 0 && (
          <>
            <dt>{t("invite.as")}</dt>
            <dd dir="auto">{invitation.roleNames.map(roleName).join(", ")}</dd>
          </>
        )}
        <dt>{t("invite.sentTo")}</dt>
        <dd>{emailAddress}</dd>
        <dt>{t("invite.until")}</dt>
        <dd>
          <time dateTime={invitation.expiresAt}>{dateAndClock(invitation.expiresAt)}</time>
        </dd>
      </dl>

      {who.value !== null && (
        <section class="way" aria-labelledby="as-me">
          <h2 id="as-me">{t("invite.signedIn")}</h2>
          <p dir="auto">{t("invite.acceptAs", { name: who.value })}</p>
          <p class="wrong" role="alert">
            {wrong("asMe")}
          </p>
          <button
            type="button"
            class="button main"
            disabled={isBusy.value}
            onClick={() => void go("asMe", () => accept(token))}
          >
            {t("invite.accept")}
          </button>
        </section>
      )}

      <section class="way" aria-labelledby="new">
        <h2 id="new">{t("invite.new")}</h2>
        <form onSubmit={(event) => (event.preventDefault(), void go("new", withNewAccount))}>
          <Field
            label={t("invite.name")}
            autocomplete="name"
            maxLength={LONGEST_NAME}
            required
            dir="auto"
            value={name.value}
            onValue={(value) => (name.value = value)}
            wrong={wrong("new", "name")}
          />
          <Field
            label={t("invite.ownAddress")}
            type="email"
            autocomplete="username"
            readOnly
            value={emailAddress}
            onValue={() => {}}
          />
          <Field
            label={t("invite.password")}
            type="password"
            autocomplete="new-password"
            minLength={SHORTEST_PASSWORD}
            maxLength={LONGEST_PASSWORD}
            required
            value={newPassword.value}
            onValue={(value) => (newPassword.value = value)}
            hint={t("invite.passwordHint", { count: SHORTEST_PASSWORD })}
            wrong={wrong("new", "password")}
          />
          <p class="wrong" role="alert">
            {wrong("new")}
          </p>
          <button type="submit" class={`button ${who.value === null ? "main" : ""}`} disabled={isBusy.value}>
            {t("invite.makeAccount")}
          </button>
        </form>
      </section>

      <section class="way" aria-labelledby="known" ref={known}>
        <h2 id="known">{t(who.value === null ? "invite.known" : "invite.knownOther")}</h2>
        <form onSubmit={(event) => (event.preventDefault(), void go("known", withAccount))}>
          <Credentials userName={userName} password={password} />
          <p class="wrong" role="alert">
            {wrong("known")}
          </p>
          <button type="submit" class="button" disabled={isBusy.value}>
            {t("invite.signIn")}
          </button>
        </form>
      </section>
    </>
  )
}

function problemOf(way: Way, error: unknown): Problem {
  const { code, fields = {} } = error instanceof Failure ? error.details : {}
  if (way === "known" && code === "Unauthorized") return { way, words: t("signIn.wrong") }
  if (code === "AccountExists") return { way: "known", words: t("invite.accountExists") }
  // Asked for a name and a password, since nobody is signed in any more.
  if (way === "asMe" && fields.Password) return { way, words: t("invite.signedOut") }
  if (fields.DisplayName) return { way, field: "name", words: t("invite.nameWrong") }
  if (fields.Password) return { way, field: "password", words: t("invite.passwordWrong") }
  return { way, ...explain(error) }
}
