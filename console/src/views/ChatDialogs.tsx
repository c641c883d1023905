// Renaming a chat, leaving it, and archiving it for everybody.
import { useSignal } from "@preact/signals"
import { Failure } from "../api/client"
import { Dialog } from "../components/Dialog"
import { type Explained, explain } from "../components/failures"
import { Field } from "../components/Field"
import { toast } from "../components/Toast"
import { Problem, Why } from "../components/Why"
import { panelAddress } from "../state/address"
import { leave, rename, setArchived } from "../state/chats"
import { me, state } from "../state/store"
import { t } from "../text"
import { goAfter } from "./going"
import { close } from "./opened"
import { nameOf } from "./names"

interface Props {
  chatId: string
}

export function RenameChat({ chatId }: Props) {
  const name = useSignal(state.value?.chats.get(chatId)?.summary.chatName ?? "")
  const { problem, isBusy, submit } = useSubmit(() => rename(chatId, name.value.trim()))
  return (
    <Dialog title={t("chats.rename")} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        <Field
          label={t("chats.name")}
          value={name.value}
          onValue={(value) => (name.value = value)}
          wrong={problem.value && <Why {...problem.value} />}
          maxLength={200}
          required
          autofocus
          dir="auto"
        />
        <Buttons words={t("common.save")} isBusy={isBusy.value} />
      </form>
    </Dialog>
  )
}

export function LeaveChat({ chatId }: Props) {
  const chat = state.value?.chats.get(chatId)
  const isLastOwner = useSignal(false)
  const { problem, isBusy, submit } = useSubmit(async () => {
    try {
      if (chat) await leave(chat)
    } catch (error) {
      isLastOwner.value = error instanceof Failure && error.details.values?.Reason === "LastOwner"
      throw error
    }
    toast(t("chats.left"))
    return "/chats"
  })
  return (
    <Dialog title={t("chats.leave")} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        <p>{t("chats.leaveWhy", { name: chat ? nameOf(chat, me.value?.userId ?? "") : "" })}</p>
        <Problem of={isLastOwner.value ? { words: t("chats.lastOwner") } : problem.value} />
        {isLastOwner.value && (
          <a href={panelAddress(chatId, "members")} data-view>
            {t("chats.toMembers")}
          </a>
        )}
        <Buttons words={t("chats.leave")} isBusy={isBusy.value} isDangerous />
      </form>
    </Dialog>
  )
}

export function ArchiveChat({ chatId }: Props) {
  const isArchived = state.value?.chats.get(chatId)?.summary.isArchived ?? false
  const { problem, isBusy, submit } = useSubmit(() => setArchived(chatId, !isArchived))
  const words = t(isArchived ? "chats.unarchive" : "chats.archive")
  return (
    <Dialog title={words} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        <p>{t(isArchived ? "chats.unarchiveWhy" : "chats.archiveWhy")}</p>
        <Problem of={problem.value} />
        <Buttons words={words} isBusy={isBusy.value} />
      </form>
    </Dialog>
  )
}

/** A form that closes its dialog when its work is done, and goes where that leads. It says why if it could not be done. */
export function useSubmit(work: () => Promise<unknown>) {
  const problem = useSignal<Explained | null>(null)
  const isBusy = useSignal(false)
  async function submit(event: Event) {
    event.preventDefault()
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    try {
      await goAfter(work)
    } catch (error) {
      problem.value = explain(error)
    } finally {
      isBusy.value = false
    }
  }
  return { problem, isBusy, submit }
}

interface ButtonsProps {
  words: string
  /** While it is so the button does nothing, and keeps the focus. */
  isBusy: boolean
  isIncomplete?: boolean
  isDangerous?: boolean
}

export function Buttons({ words, isBusy, isIncomplete = false, isDangerous = false }: ButtonsProps) {
  return (
    <div class="buttons">
      <button type="button" class="button" onClick={close}>
        {t("common.cancel")}
      </button>
      <button
        type="submit"
        class={`button ${isDangerous ? "danger" : "main"}`}
        disabled={isIncomplete}
        aria-disabled={isBusy}
      >
        {words}
      </button>
    </div>
  )
}
