// Inviting people by their addresses, several at once.
import { useSignal } from "@preact/signals"
import { useEffect, useId } from "preact/hooks"
import { type Explained, explain } from "../components/failures"
import { Icon } from "../components/Icon"
import { Why } from "../components/Why"
import { addressesIn, invite, isAddress } from "../state/people"
import { mayInvite, readInvitableRoles, roles } from "../state/roles"
import { t } from "../text"
import { RoleChoice, usualRoles } from "./RoleChoice"
import { SentInvitations } from "./SentInvitations"

interface Outcome {
  readonly address: string
  /** Why it did not work. Null if it did. */
  readonly problem: Explained | null
}

export function Invitations() {
  const invited = useSignal(0)
  return (
    <>
      <header class="pane-head">
        <h1 class="one-line">{t("common.invitations")}</h1>
      </header>
      <div class="page">
        {mayInvite.value ? (
          <InviteForm onInvited={() => (invited.value += 1)} />
        ) : (
          <p class="quiet">{t("people.mayNotInvite")}</p>
        )}
        <SentInvitations key={invited.value} />
      </div>
    </>
  )
}

export function InviteForm({ onInvited }: { onInvited?: () => void }) {
  const id = useId()
  const text = useSignal("")
  const offered = useSignal<readonly string[]>(usualRoles(roles.value ?? []))
  const outcomes = useSignal<readonly Outcome[]>([])
  const isBusy = useSignal(false)
  const problem = useSignal("")
  useEffect(() => {
    void readInvitableRoles().then(() => {
      if (offered.value.length === 0) offered.value = usualRoles(roles.value ?? [])
    })
  }, [])

  async function submit(event: Event) {
    event.preventDefault()
    const addresses = addressesIn(text.value)
    const wrong = addresses.filter((address) => !isAddress(address))
    problem.value = whyNot(addresses, wrong, offered.value)
    if (problem.value || isBusy.value) return
    isBusy.value = true
    outcomes.value = []
    for (const address of addresses) {
      const why = await invite(address, offered.value).then(() => null, explain)
      outcomes.value = [...outcomes.value, { address, problem: why }]
    }
    // What failed stays in the field for another try.
    text.value = outcomes.value
      .filter((each) => each.problem)
      .map((each) => each.address)
      .join("\n")
    isBusy.value = false
    onInvited?.()
  }
  return (
    <form class="invite card" onSubmit={(event) => void submit(event)}>
      <h2>{t("people.invite")}</h2>
      <div class="field">
        <label for={id}>{t("people.addresses")}</label>
        <textarea
          id={id}
          rows={3}
          value={text.value}
          aria-describedby={`${id}-hint ${id}-wrong`}
          aria-invalid={problem.value ? true : undefined}
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <p class="small quiet" id={`${id}-hint`}>
          {t("people.addressesHint")}
        </p>
      </div>
      <RoleChoice chosen={offered.value} onChange={(ids) => (offered.value = ids)} />
      <p class="wrong small" id={`${id}-wrong`} role="alert">
        {problem}
      </p>
      <div class="buttons start">
        <button type="submit" class="button main" aria-disabled={isBusy.value}>
          {t("people.send")}
        </button>
      </div>
      <ul class="outcomes" role="status">
        {outcomes.value.map(({ address, problem: why }) => (
          <li key={address} class={why ? "wrong" : ""}>
            <Icon name={why ? "close" : "check"} />
            <span>
              {why ? (
                <Why {...why} words={t("people.notInvited", { address, why: why.words })} />
              ) : (
                t("people.invited", { address })
              )}
            </span>
          </li>
        ))}
      </ul>
    </form>
  )
}

function whyNot(addresses: readonly string[], wrong: readonly string[], offered: readonly string[]): string {
  if (addresses.length === 0) return t("people.noAddresses")
  if (wrong.length > 0) return t("people.wrongAddresses", { addresses: wrong.join(", "), count: wrong.length })
  return offered.length === 0 ? t("people.noRoles") : ""
}
