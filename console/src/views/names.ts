import type { Member } from "../api/dtos"
import type { Chat, UserId } from "../state/model"

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
  return summary.members.filter((member) => member.userId !== me).map((member) => member.name).join(", ")
}
