// What to do when there is nothing yet. Who is alone invites somebody first.
import { useRef } from "preact/hooks"
import { Skeleton } from "../components/Loading"
import { usePages } from "../components/pages"
import { findPeople } from "../state/people"
import { mayInvite } from "../state/roles"
import { me } from "../state/store"
import { t } from "../text"
import { open } from "./opened"
import { InviteForm } from "./Invitations"

export function FirstSteps() {
  const people = usePages("", (cursor, stop) => findPeople("", cursor, stop))
  const isAlone = people.items?.every((person) => person.userId === me.value?.userId) ?? false
  // What stands above the form stays, since the form must not move while somebody fills it in.
  const wasAlone = useRef(false)
  wasAlone.current ||= isAlone
  if (people.items === null && !people.failure) return <Skeleton />
  return (
    <div class="page first-steps">
      <header>
        <h1 dir="auto">{t("first.welcome", { name: me.value?.name ?? "" })}</h1>
        <p class="quiet">{t("first.why", { agency: me.value?.agencyName ?? "" })}</p>
        {wasAlone.current && <p>{t(mayInvite.value ? "first.inviteFirst" : "first.alone")}</p>}
      </header>
      {!wasAlone.current && <Write />}
      {mayInvite.value && <InviteForm key="invite" onInvited={people.again} />}
      {!isAlone && wasAlone.current && <Write />}
      <section class="card">
        <h2>{t("first.choose")}</h2>
        <p>{t("first.chooseWhy")}</p>
        <div class="buttons start">
          <a class="button" href="/me" data-view>
            {t("first.toMe")}
          </a>
        </div>
      </section>
    </div>
  )
}

function Write() {
  return (
    <section class="card">
      <h2>{t("first.write")}</h2>
      <p>{t("first.writeWhy")}</p>
      <div class="buttons start">
        <button type="button" class="button main" onClick={() => open({ name: "newChat" })}>
          {t("chats.new")}
        </button>
      </div>
    </section>
  )
}
