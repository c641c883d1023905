// What somebody who is invited will be in the agency.
import type { InvitableRole } from "../api/dtos"
import { roles } from "../state/roles"
import { t } from "../text"
import { roleName } from "./names"

interface Props {
  chosen: readonly string[]
  onChange: (roleIds: readonly string[]) => void
}

export function RoleChoice({ chosen, onChange }: Props) {
  return (
    <fieldset class="roles">
      <legend>{t("people.roles")}</legend>
      {(roles.value ?? []).map(({ roleId, roleName: name }) => (
        <label key={roleId} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(roleId)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...chosen, roleId] : chosen.filter((each) => each !== roleId))
            }
          />
          {roleName(name)}
        </label>
      ))}
    </fieldset>
  )
}

/** The ids of the roles that are offered unless somebody chooses: that of a colleague, else any. */
export function usualRoles(roles: readonly InvitableRole[]): readonly string[] {
  const usual = roles.find((role) => role.roleName === "Agent") ?? roles[0]
  return usual ? [usual.roleId] : []
}
