// The invitations that are open: who was invited, by whom, and until when.
import type { SentInvitation } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { attempt } from "../components/failures"
import { Failed, Skeleton } from "../components/Loading"
import { Menu } from "../components/Menu"
import { useInSight, usePages } from "../components/pages"
import { toast } from "../components/Toast"
import { findInvitations, resendInvitation, revokeInvitation } from "../state/people"
import { t } from "../text"
import { dateAndClock, fullTime } from "../text/times"
import { roleName } from "./names"

export function SentInvitations() {
  const pages = usePages("", (cursor, stop) => findInvitations(cursor, stop))
  const end = useInSight(pages.more)
  return (
    <section class="card" aria-busy={pages.isLoading && pages.items === null}>
      <h2>{t("people.open")}</h2>
      {pages.items === null && !pages.failure && <Skeleton rows={3} />}
      {pages.failure !== null && <Failed failure={pages.failure} onRetry={pages.again} />}
      {pages.items?.length === 0 && <p class="quiet">{t("people.noneOpen")}</p>}
      <ul>
        {pages.items?.map((invitation) => (
          <li key={invitation.invitationId}>
            <Row invitation={invitation} again={pages.again} />
          </li>
        ))}
        {pages.hasMore && <li ref={end} />}
      </ul>
    </section>
  )
}

function Row({ invitation, again }: { invitation: SentInvitation; again: () => void }) {
  const { contactId, emailAddress, roleNames, inviterName, state, dateExpires, dateMailed } = invitation
  const name = invitation.name || emailAddress || ""
  const isExpired = state === "expired"
  const until = isExpired ? t("people.expired") : t("people.validUntil", { date: dateAndClock(dateExpires) })
  return (
    <div class="entry person sent">
      <Avatar id={contactId} name={name} hasJoined={false} />
      <a class="name one-line" dir="auto" href={`/contacts/${contactId}`} data-view>
        {name}
      </a>
      <span class="line" title={dateMailed ? t("people.mailed", { date: fullTime(dateMailed) }) : undefined}>
        {[emailAddress === name ? "" : emailAddress, roleNames.map(roleName).join(", ")].filter(Boolean).join(" · ")}
        <span class="block">
          {t("people.invitedBy", { name: inviterName ?? "" })} · <span class={isExpired ? "wrong" : ""}>{until}</span>
        </span>
      </span>
      <Menu
        label={t("people.actionsFor", { name })}
        actions={[
          { words: t("people.resend"), run: () => void resend(invitation, again) },
          { words: t("people.revoke"), isDangerous: true, run: () => void revoke(invitation, again) },
        ]}
      />
    </div>
  )
}

async function resend(invitation: SentInvitation, again: () => void): Promise<void> {
  await attempt(async () => {
    const isMailed = await resendInvitation(invitation)
    toast(t(isMailed ? "people.resent" : "people.prolonged", { address: invitation.emailAddress ?? "" }))
    again()
  })
}

async function revoke(invitation: SentInvitation, again: () => void): Promise<void> {
  await attempt(async () => {
    await revokeInvitation(invitation.invitationId)
    toast(t("people.revoked", { address: invitation.emailAddress ?? "" }))
    again()
  })
}
