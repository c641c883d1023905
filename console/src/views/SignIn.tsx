import { useSignal } from "@preact/signals"
import { Authenticate } from "../api/dtos"
import { Failure, post } from "../api/client"
import { go, view } from "../state/address"
import { start } from "../state/feed"
import { t } from "../text"

export function SignIn() {
  const userName = useSignal("")
  const password = useSignal("")
  const problem = useSignal("")
  const isBusy = useSignal(false)

  async function signIn(event: Event) {
    event.preventDefault()
    isBusy.value = true
    try {
      const request = { provider: "credentials", userName: userName.value, password: password.value, rememberMe: true }
      await post(new Authenticate(request))
      if (view.value.name === "signIn") go(view.value.continue, "replace")
      await start()
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
        <form onSubmit={signIn}>
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
