// A message as one sentence, which a screen reader reads when the row gets the focus.
import type { Message } from "../../api/dtos"
import type { Waiting } from "../../state/outbox"
import { t } from "../../text"
import { plain } from "../../text/markdown"
import { clock } from "../../text/times"

/** "Ada Young, 12:57, replying to Ben: text, 2 attachments, edited, 3 reactions". */
export function sentenceOf(message: Message, waiting: Waiting | null, deletedBy: string): string {
  const head = [message.senderName ?? "", clock(message.dateCreated)]
  if (message.replyTo) head.push(t("messages.replyingTo", { name: message.replyTo.senderName ?? "" }))
  if (message.isDeleted) return `${head.join(", ")}: ${t("messages.deletedBy", { name: deletedBy })}`
  const reactions = message.reactions.reduce((sum, { count }) => sum + count, 0)
  const parts = [
    plain(message.text ?? ""),
    message.attachments.length > 0 && t("messages.attachments", { count: message.attachments.length }),
    message.dateEdited && t("messages.edited"),
    message.isPinned && t("messages.pinned"),
    reactions > 0 && t("messages.reactions", { count: reactions }),
    waiting && t(waiting.status === "failed" ? "messages.notSent" : "messages.waiting"),
  ]
  return `${head.join(", ")}: ${parts.filter(Boolean).join(", ")}`
}
