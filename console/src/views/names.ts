import type { Member } from "../api/dtos"
import type { Chat, UserId } from "../state/model"
import { t } from "../text"

/** The other person of a direct chat. */
export function otherIn(chat: Chat, me: UserId): Member | undefined {
  return chat.summary.isDirect ? chat.summary.members.find((member) => member.userId !== me) : undefined
}

/** What a chat is called: the other person's name for a direct chat, else its own name, else its members' names. */
export function nameOf(chat: Chat, me: UserId): string {
  const { summary } = chat
  const other = otherIn(chat, me)
  if (other) return other.name ?? ""
  if (summary.chatName) return summary.chatName
  const others = summary.members.filter((member) => member.userId !== me).map((member) => member.name)
  return others.join(", ") || t("chats.alone")
}

/** A name as far as there is room for it. */
export function shortened(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most)}…` : name
}

const ROLES = ["Administrator", "Agent", "Worker", "Contact"] as const

/** The name of a role of the agency in the language of the reader. One of its own is shown as it is. */
export function roleName(name: string | undefined): string {
  const known = ROLES.find((role) => role === name)
  return known ? t(`people.role${known}`) : (name ?? "")
}
