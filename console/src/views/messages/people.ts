// Whom a message can name: the members of the chat, those first who spoke last.
import { useEffect, useMemo } from "preact/hooks"
import type { Chat } from "../../state/model"
import { loadMembers } from "../../state/pane"
import { me } from "../../state/store"
import { t } from "../../text"
import type { Named } from "../../text/markdown"
import { namesIn } from "./naming"

// All members of larger chats would be several pages, only to show who has read.
const MOST_MEMBERS = 200

export function usePeople(chat: Chat): readonly Named[] {
  const { chatId, memberCount, members, isDirect, role } = chat.summary
  const mine = me.value
  useEffect(() => {
    if (memberCount > members.length && memberCount <= MOST_MEMBERS) void loadMembers(chatId).catch(() => undefined)
  }, [chatId, memberCount])
  return useMemo(() => {
    const known = namesIn(chat)
    const ids = [...new Set([...(chat.stretch?.messages ?? []).map(({ senderUserId }) => senderUserId).reverse(), ...known.keys()])]
    const isMember = (userId: string) => chat.members?.has(userId) ?? members.some((each) => each.userId === userId)
    const people = ids.filter((userId) => userId !== mine?.userId && (isMember(userId) || !chat.hasAllMembers)).map((userId) => ({ userId, name: known.get(userId) ?? "" }))
    const mayNameAll = !isDirect && (role === "owner" || role === "moderator" || mine?.roles.includes("Administrator") === true)
    return mayNameAll ? [...people, { userId: "", name: t("messages.everybody") }] : people
  }, [chat.members, chat.stretch, members, role, mine])
}
