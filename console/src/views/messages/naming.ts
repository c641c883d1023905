// The names of the people in a chat, as far as they are known.
import { signal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { findMembers } from "../../state/chats"
import type { Chat, ChatId, UserId } from "../../state/model"
import { me } from "../../state/store"
import { t } from "../../text"
import type { Named } from "../../text/markdown"

export type Names = ReadonlyMap<UserId, string>

/** The names by id of the person. The same map until a name changes, so that rows are not drawn again for nothing. */
export function useNames(chat: Chat): Names {
  const last = useRef<Names>(new Map())
  const mine = me.value
  const names = new Map([
    ...(mine ? [[mine.userId, mine.name ?? ""] as const] : []),
    ...metIn(chat.summary.chatId),
    ...namesIn(chat),
  ])
  if (!areEqual(names, last.current)) last.current = names
  return last.current
}

export function namesIn(chat: Chat): Names {
  const names = new Map<UserId, string>()
  for (const { senderUserId, senderName } of chat.stretch?.messages ?? [])
    if (senderName) names.set(senderUserId, senderName)
  for (const { userId, name } of [...chat.summary.members, ...(chat.members?.values() ?? [])])
    if (name) names.set(userId, name)
  return names
}

const NOBODY: Names = new Map()

/** Members of large chats that the server found by their names. Their other members are not known. */
const met = signal<ReadonlyMap<ChatId, Names>>(new Map())

export function metIn(chatId: ChatId): Names {
  return met.value.get(chatId) ?? NOBODY
}

/** Asks the server for members by a part of their names. From then on they are known. */
export async function meet(chatId: ChatId, words: string): Promise<void> {
  const { items } = await findMembers(chatId, words)
  met.value = new Map(met.value).set(
    chatId,
    new Map([...metIn(chatId), ...items.map(({ userId, name = "" }) => [userId, name] as const)]),
  )
}

function areEqual(one: Names, other: Names): boolean {
  return one.size === other.size && [...one].every(([userId, name]) => other.get(userId) === name)
}

/** What stands behind the `@` for all members: the word of this language, and those that others wrote. */
export function namesOfEverybody(): readonly Named[] {
  return [t("messages.everybody"), ...EVERYBODY].map((name) => ({ userId: "", name }))
}

// In each language of the console: messages stay as they were written.
const EVERYBODY = ["everybody", "alle"]

/** Whom a text names, among people that are known. A longer name is not taken for a shorter one. */
export function mentionsIn(text: string, people: Iterable<Named>): readonly UserId[] {
  let rest = text
  const found: UserId[] = []
  for (const { userId, name } of [...people].sort((one, other) => other.name.length - one.name.length)) {
    const parts = name ? rest.split(`@${name}`) : [rest]
    if (parts.length === 1) continue
    // A letter cannot follow directly: "@Adam" does not name Ada.
    const isNamed = parts.slice(1).some((part) => !/^[\p{L}\p{N}]/u.test(part))
    if (!isNamed) continue
    found.push(userId)
    rest = parts.join("\n")
  }
  return found
}
