// Whom a message can name: the members of the chat, those first who spoke last.
import { useEffect, useMemo } from "preact/hooks"
import type { Chat } from "../../state/model"
import { loadMembers } from "../../state/pane"
import { me } from "../../state/store"
import { t } from "../../text"
import type { Named } from "../../text/markdown"
import { meet, metIn, namesIn } from "./naming"

// All members of larger chats would be several pages, only to show who has read. Those are found by their names.
const MOST_MEMBERS = 200

export interface People {
  /** Those that are known. */
  readonly known: readonly Named[]
  /** Makes more of them known, by a part of their names. Null if all are. */
  readonly meet: ((words: string) => Promise<void>) | null
}

export function usePeople(chat: Chat): People {
  const { chatId, memberCount, members, isDirect, role } = chat.summary
  const mine = me.value
  useEffect(() => {
    if (memberCount > members.length && memberCount <= MOST_MEMBERS) void loadMembers(chatId).catch(() => undefined)
  }, [chatId, memberCount])
  const found = metIn(chatId)
  const areAll = chat.hasAllMembers || memberCount <= Math.max(members.length, MOST_MEMBERS)
  return useMemo(() => {
    const known = new Map([...namesIn(chat), ...found])
    const ids = [
      ...new Set([
        ...(chat.stretch?.messages ?? []).map(({ senderUserId }) => senderUserId).reverse(),
        ...known.keys(),
      ]),
    ]
    const isMember = (userId: string) => chat.members?.has(userId) ?? members.some((each) => each.userId === userId)
    const people = ids
      .filter((userId) => userId !== mine?.userId && (isMember(userId) || !chat.hasAllMembers))
      .map((userId) => ({ userId, name: known.get(userId) ?? "" }))
    const mayNameAll =
      !isDirect && (role === "owner" || role === "moderator" || mine?.roles.includes("Administrator") === true)
    return {
      known: mayNameAll ? [...people, { userId: "", name: t("messages.everybody") }] : people,
      meet: areAll ? null : (words: string) => meet(chatId, words),
    }
  }, [chat.members, chat.stretch, members, role, mine, found, areAll])
}
