// Asks whoever signs out while something waits to be sent.
import { Dialog } from "../components/Dialog"
import { Problem } from "../components/Why"
import { t } from "../text"
import { useSubmit } from "./ChatDialogs"
import { goOutNow, unsent } from "./leaving"
import { close } from "./opened"

export function SignOut() {
  const { problem, isBusy, submit } = useSubmit(goOutNow)
  const { messages, files } = unsent()
  const nothing = messages + files === 0
  const discard =
    messages > 0 ? t("signIn.discardMessages", { count: messages }) : t("signIn.discardFiles", { count: files })
  return (
    <Dialog title={t("signIn.out")} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        {messages > 0 && <p>{t("signIn.unsentMessages", { count: messages })}</p>}
        {files > 0 && <p>{t("signIn.unsentFiles", { count: files })}</p>}
        <p>{t(nothing ? "signIn.allSent" : "signIn.unsentWhy")}</p>
        <Problem of={problem.value} />
        <div class="buttons">
          <button type="button" class="button" autofocus onClick={close}>
            {t("signIn.stay")}
          </button>
          <button type="submit" class={`button ${nothing ? "main" : "danger"}`} aria-disabled={isBusy.value}>
            {nothing ? t("signIn.out") : discard}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
