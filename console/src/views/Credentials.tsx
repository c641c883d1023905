// The two fields of whoever has an account.
import type { Signal } from "@preact/signals"
import { Field } from "../components/Field"
import { t } from "../text"

export function Credentials({ userName, password }: { userName: Signal<string>; password: Signal<string> }) {
  return (
    <>
      <Field
        id="user-name"
        label={t("signIn.address")}
        type="email"
        autocomplete="username"
        required
        value={userName.value}
        onValue={(value) => (userName.value = value)}
      />
      <Field
        id="password"
        label={t("signIn.password")}
        type="password"
        autocomplete="current-password"
        required
        value={password.value}
        onValue={(value) => (password.value = value)}
      />
    </>
  )
}
