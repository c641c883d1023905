// What a person can do with a message: by its buttons, its menu, and the keys.
import { attempt } from "../../components/failures"
import type { Action } from "../../components/Menu"
import { toast } from "../../components/Toast"
import type { Message } from "../../api/dtos"
import { deleteSoon, pin, react } from "../../state/actions"
import { divideAt } from "../../state/pane"
import { markUnread } from "../../state/reading"
import { t } from "../../text"
import type { Pane } from "./pane"

export interface Rights {
  readonly isMine: boolean
  /** Whether the person may delete messages of others. */
  readonly isModerator: boolean
  /** Whether the chat can only be read. */
  readonly isReadOnly: boolean
}

export const answer = (pane: Pane, message: Message) => {
  pane.editing.value = null
  pane.answering.value = message
  pane.write()
}

export const edit = (pane: Pane, message: Message) => {
  pane.answering.value = null
  pane.editing.value = message
  pane.write()
}

export const remove = (message: Message) => void attempt(() => deleteSoon(message.chatMessageId))

export const toggle = (message: Message, emoji: string) => {
  const isOn = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.isMine)
  void attempt(() => react(message.chatMessageId, emoji, isOn))
}

export const pick = (pane: Pane, message: Message, at: Element) => {
  pane.picking.value = { at: at.getBoundingClientRect(), choose: (emoji) => toggle(message, emoji) }
}

export const unreadFrom = ({ chatId, chatMessageId, number }: Message) =>
  void attempt(async () => {
    await markUnread(chatId, chatMessageId)
    divideAt(chatId, number)
  })

const copy = (text: string) =>
  void attempt(async () => {
    await navigator.clipboard.writeText(text)
    toast(t("messages.copied"))
  })

export function addressOf(message: { readonly chatId: string; readonly chatMessageId: string }): string {
  return `/chats/${message.chatId}/m/${message.chatMessageId}`
}

/** The actions for the menu of a message, in its order. */
export function actionsFor(
  message: Message,
  pane: Pane,
  { isMine, isModerator, isReadOnly }: Rights,
  row: () => Element,
) {
  const mayWrite = !isReadOnly
  const actions: (Action | false)[] = [
    mayWrite && { words: t("messages.react"), run: () => pick(pane, message, row()) },
    mayWrite && { words: t("messages.answer"), run: () => answer(pane, message) },
    mayWrite && isMine && { words: t("messages.edit"), run: () => edit(pane, message) },
    mayWrite && {
      words: t(message.isPinned ? "messages.unpin" : "messages.pin"),
      run: () => void attempt(() => pin(message.chatMessageId, !message.isPinned)),
    },
    (message.text ?? "") !== "" && { words: t("messages.copyText"), run: () => copy(message.text ?? "") },
    { words: t("messages.copyLink"), run: () => copy(new URL(addressOf(message), location.href).href) },
    { words: t("messages.markUnread"), run: () => unreadFrom(message) },
    message.dateEdited !== undefined && { words: t("messages.history"), run: () => (pane.history.value = message) },
    mayWrite &&
      (isMine || isModerator) && { words: t("messages.delete"), run: () => remove(message), isDangerous: true },
  ]
  return actions
}
