// Starting a chat with one person or several, and adding people to one. Whoever is new is invited on the way.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Dialog } from "../components/Dialog"
import { Field } from "../components/Field"
import { toast } from "../components/Toast"
import { Problem } from "../components/Why"
import { addMembers, startGroup } from "../state/chats"
import { newId } from "../state/ids"
import { invite } from "../state/people"
import { readInvitableRoles, roles } from "../state/roles"
import { me, state } from "../state/store"
import { t } from "../text"
import { Buttons, useSubmit } from "./ChatDialogs"
import { directChat } from "./going"
import { close } from "./opened"
import { type Chosen, PeoplePicker } from "./PeoplePicker"
import { RoleChoice, usualRoles } from "./RoleChoice"

export function NewChat() {
  const chosen = useSignal<readonly Chosen[]>([])
  const name = useSignal("")
  const offered = useOfferedRoles()
  // The same id at every try, so that a lost answer starts no second chat.
  const chatId = useRef(newId())
  const isGroup = chosen.value.length > 1
  const { problem, isBusy, submit } = useSubmit(async () => {
    const userIds = await withInvited(chosen.value, offered.value)
    const [first] = userIds
    if (!first) throw new Error("Nobody was chosen.")
    if (isGroup) {
      await startGroup(chatId.current, name.value.trim() || namesOf(chosen.value), userIds)
      return `/chats/${chatId.current}`
    }
    return directChat(first)
  })
  return (
    <Dialog title={t("chats.new")} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        <PeoplePicker chosen={chosen.value} onChange={(people) => (chosen.value = people)} />
        {isGroup && (
          <Field
            label={t("chats.nameIfAny")}
            value={name.value}
            onValue={(value) => (name.value = value)}
            placeholder={namesOf(chosen.value)}
            maxLength={200}
            dir="auto"
          />
        )}
        <Invited chosen={chosen.value} offered={offered.value} onChange={(ids) => (offered.value = ids)} />
        <Problem of={problem.value} />
        <Buttons
          words={t(isGroup ? "chats.startGroup" : "chats.start")}
          isBusy={isBusy.value}
          isIncomplete={chosen.value.length === 0}
        />
      </form>
    </Dialog>
  )
}

export function AddPeople({ chatId }: { chatId: string }) {
  const chosen = useSignal<readonly Chosen[]>([])
  const offered = useOfferedRoles()
  const chat = state.value?.chats.get(chatId)
  const inIt = new Set([
    ...(chat?.members?.keys() ?? []),
    ...(chat?.summary.members ?? []).map((member) => member.userId),
  ])
  const { problem, isBusy, submit } = useSubmit(async () => {
    const userIds = await withInvited(chosen.value, offered.value)
    await addMembers(chatId, userIds)
    toast(t("chats.added", { count: userIds.length }))
  })
  return (
    <Dialog title={t("chats.add")} onClose={close}>
      <form class="dialog-form" onSubmit={submit}>
        <PeoplePicker chosen={chosen.value} onChange={(people) => (chosen.value = people)} without={inIt} />
        <Invited chosen={chosen.value} offered={offered.value} onChange={(ids) => (offered.value = ids)} />
        <Problem of={problem.value} />
        <Buttons words={t("chats.addThem")} isBusy={isBusy.value} isIncomplete={chosen.value.length === 0} />
      </form>
    </Dialog>
  )
}

/** What those who are new will be in the agency. */
function Invited({
  chosen,
  offered,
  onChange,
}: {
  chosen: readonly Chosen[]
  offered: readonly string[]
  onChange: (ids: readonly string[]) => void
}) {
  const count = chosen.filter((person) => person.userId === null).length
  if (count === 0) return null
  return (
    <div class="invited">
      <p class="small quiet">{t("people.invitedHere", { count })}</p>
      <RoleChoice chosen={offered} onChange={onChange} />
    </div>
  )
}

function useOfferedRoles() {
  const offered = useSignal<readonly string[]>(usualRoles(roles.value ?? []))
  useEffect(() => {
    void readInvitableRoles().then(() => {
      if (offered.value.length === 0) offered.value = usualRoles(roles.value ?? [])
    })
  }, [])
  return offered
}

/** The ids of all who were chosen. Invites those who have none yet: inviting again does no harm. */
async function withInvited(chosen: readonly Chosen[], offered: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = []
  for (const person of chosen) ids.push(person.userId ?? (await invite(person.emailAddress, offered)))
  return ids
}

const MOST_NAMES = 4

/** The first names of a few people, for a chat that nobody named. */
function namesOf(chosen: readonly Chosen[]): string {
  const names = [me.value?.name ?? "", ...chosen.map((person) => person.name)].map(
    (name) => name.split(/[\s@]/)[0] ?? "",
  )
  const shown = names.slice(0, MOST_NAMES).join(", ")
  return names.length > MOST_NAMES ? `${shown} …` : shown
}
