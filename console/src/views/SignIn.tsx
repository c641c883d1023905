import { useSignal } from "@preact/signals"
import { Failure } from "../api/client"
import { go, view } from "../state/address"
import { signIn } from "../state/session"
import { t } from "../text"

export function SignIn() {
  const userName = useSignal("")
  const password = useSignal("")
  const problem = useSignal("")
  const isBusy = useSignal(false)

  async function submit(event: Event) {
    event.preventDefault()
    isBusy.value = true
    try {
      await signIn(userName.value, password.value)
      if (view.value.name === "signIn") go(view.value.continue, "replace")
    } catch (error) {
      problem.value = error instanceof Failure && error.reason === "signedOut" ? t("signIn.wrong") : String(error)
    } finally {
      isBusy.value = false
    }
  }

  return (
    <main class="alone">
      <div class="sheet">
        <h1>{t("signIn.title")}</h1>
        <form onSubmit={submit}>
          <div class="field">
            <label for="user-name">{t("signIn.address")}</label>
            <input id="user-name" type="email" autocomplete="username" required value={userName} onInput={(event) => (userName.value = event.currentTarget.value)} />
          </div>
          <div class="field">
            <label for="password">{t("signIn.password")}</label>
            <input id="password" type="password" autocomplete="current-password" required value={password} onInput={(event) => (password.value = event.currentTarget.value)} />
          </div>
          <p class="wrong" role="alert">{problem}</p>
          <button class="button main" disabled={isBusy}>{t("signIn.submit")}</button>
        </form>
      </div>
    </main>
  )
}
