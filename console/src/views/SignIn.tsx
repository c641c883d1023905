import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Failure } from "../api/client"
import { type Explained, explain } from "../components/failures"
import { Why } from "../components/Why"
import { goOn, view } from "../state/address"
import { signIn } from "../state/session"
import { t } from "../text"
import { Credentials } from "./Credentials"

/** Signing in, and then going on where the person wanted to be. */
export function SignIn({ wasIn = false }: { wasIn?: boolean }) {
  const userName = useSignal("")
  const password = useSignal("")
  const problem = useSignal<Explained | null>(null)
  const isBusy = useSignal(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>("input")?.focus()
  }, [])
  const title = t("signIn.title")
  useEffect(() => {
    document.title = `${title} – Parlour`
  }, [title])
  const hasSignedOut = view.value.name === "signIn" && view.value.hasSignedOut
  const notice = wasIn ? t("signIn.ended") : hasSignedOut ? t("signIn.signedOut") : ""

  async function submit(event: Event) {
    event.preventDefault()
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    try {
      await signIn(userName.value.trim(), password.value)
      if (view.value.name === "signIn") goOn(view.value.continue)
    } catch (error) {
      const isWrong = error instanceof Failure && error.details.code === "Unauthorized"
      problem.value = isWrong ? { words: t("signIn.wrong") } : explain(error)
      form.current?.querySelector<HTMLInputElement>("#password")?.select()
    } finally {
      isBusy.value = false
    }
  }
  return (
    <main class="alone">
      <div class="sheet">
        <header class="sheet-head">
          <img src="/icons/icon.svg" width="40" height="40" alt="" />
          <h1>{title}</h1>
        </header>
        {notice && (
          <p class="notice" role="status">
            {notice}
          </p>
        )}
        <form ref={form} onSubmit={(event) => void submit(event)}>
          <Credentials userName={userName} password={password} />
          <p class="wrong" role="alert">
            {problem.value && <Why {...problem.value} />}
          </p>
          <button type="submit" class="button main" aria-disabled={isBusy.value}>
            {t(isBusy.value ? "signIn.busy" : "signIn.submit")}
          </button>
        </form>
      </div>
    </main>
  )
}
