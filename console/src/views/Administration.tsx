// What the API offers to administrators.
import { me } from "../state/store"
import { readInvitableRoles, roles } from "../state/roles"
import { useEffect } from "preact/hooks"
import { t } from "../text"
import { roleName } from "./names"

export function Administration() {
  useEffect(() => void readInvitableRoles(), [])
  const mine = me.value
  if (!mine?.roles.includes("Administrator")) return <p class="empty">{t("people.notAdministrator")}</p>
  return (
    <>
      <header class="pane-head">
        <h1 class="one-line">{t("common.administration")}</h1>
      </header>
      <div class="page">
        <section class="card">
          <h2>{t("admin.agency")}</h2>
          <dl class="facts">
            <dt>{t("admin.name")}</dt>
            <dd dir="auto">{mine.agencyName}</dd>
            <dt>{t("admin.roles")}</dt>
            <dd>{(roles.value ?? []).map((role) => roleName(role.roleName)).join(", ")}</dd>
          </dl>
        </section>
        <section class="card">
          <h2>{t("people.people")}</h2>
          <p>{t("admin.invite")}</p>
          <div class="buttons start">
            <a class="button main" href="/invitations" data-view>
              {t("people.invite")}
            </a>
            <a class="button" href="/contacts" data-view>
              {t("common.contacts")}
            </a>
          </div>
          <p class="small quiet">{t("admin.mail")}</p>
        </section>
        <section class="card">
          <h2>{t("admin.programs")}</h2>
          <p>{t("admin.programsWhy")}</p>
          <ul class="links">
            <li>
              <a href="/metadata">{t("admin.operations")}</a>
            </li>
            <li>
              <a href="/openapi.json">{t("admin.openapi")}</a>
            </li>
            <li>
              <a href="/types">{t("admin.types")}</a>
            </li>
          </ul>
        </section>
      </div>
    </>
  )
}
