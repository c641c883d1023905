// What to do when there is nothing yet.
import { mayInvite } from "../state/roles"
import { me } from "../state/store"
import { t } from "../text"
import { open } from "./opened"
import { InviteForm } from "./Invitations"

export function FirstSteps() {
  return (
    <div class="page first-steps">
      <header>
        <h1 dir="auto">{t("first.welcome", { name: me.value?.name ?? "" })}</h1>
        <p class="quiet">{t("first.why", { agency: me.value?.agencyName ?? "" })}</p>
      </header>
      <section class="card">
        <h2>{t("first.write")}</h2>
        <p>{t("first.writeWhy")}</p>
        <div class="buttons start">
          <button type="button" class="button main" onClick={() => open({ name: "newChat" })}>
            {t("chats.new")}
          </button>
        </div>
      </section>
      {mayInvite.value && <InviteForm />}
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
