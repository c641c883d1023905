// Starting chats, and changing them. Each returns when the server has done it, and throws a `Failure`. Most changes
// are shown when their events come.
import {
  AddChatMembers,
  ArchiveChat,
  Chat as ChatDto,
  ChatMember,
  ChatMemberRequest,
  ChatRequest,
  type ChatSummary,
  FindChatMembers,
  type Member,
  RemoveChatMember,
  RenameChat,
  SearchMessages,
  type SearchMessagesResponse,
  SetChatRole,
  SetNotifications,
  StartDirectChat,
  UnarchiveChat,
} from "../api/dtos"
import { call, Failure, post, put as replace } from "../api/client"
import { putChat, readChat } from "./loading"
import type { Chat, ChatId, UserId } from "./model"
import { withChat } from "./reducer"
import { state, update } from "./store"

export type Level = "everything" | "mentions" | "nothing" | "invisible"

/** The one chat with a person. It is started if there is none. */
export async function startDirectChat(userId: UserId): Promise<ChatId> {
  const { chat } = await call(new StartDirectChat({ userId }))
  if (!chat) throw new Failure("unavailable", "")
  putChat(chat)
  return chat.chatId
}

/** Starts a chat of several people. Calling it again with the same id does no harm. */
export async function startGroup(chatId: ChatId, chatName: string, userIds: readonly UserId[]): Promise<void> {
  const chatMembers = userIds.map((userId) => new ChatMember({ userId }))
  await post(new ChatRequest({ chat: new ChatDto({ chatId, chatName, chatMembers }) }))
  await readChat(chatId)
}

export async function addMembers(chatId: ChatId, userIds: readonly UserId[]): Promise<void> {
  await call(new AddChatMembers({ chatId, userIds: [...userIds] }))
}

export async function removeMember(chatMemberId: string): Promise<void> {
  await call(new RemoveChatMember({ chatMemberId }))
}

export async function setRole(chatMemberId: string, role: "owner" | "moderator" | "member"): Promise<void> {
  await call(new SetChatRole({ chatMemberId, role }))
}

/** Leaves a chat. It is gone from the list at once. */
export async function leave(chat: Chat): Promise<void> {
  await call(new RemoveChatMember({ chatMemberId: (await ownMembership(chat)).chatMemberId }))
}

export async function rename(chatId: ChatId, chatName: string): Promise<void> {
  await call(new RenameChat({ chatId, chatName }))
}

/** Archives a chat for everybody, or opens it again. */
export async function setArchived(chatId: ChatId, isArchived: boolean): Promise<void> {
  await call(isArchived ? new ArchiveChat({ chatId }) : new UnarchiveChat({ chatId }))
}

/** Puts a chat away for oneself, or takes it out again. */
export async function setArchivedForMe(chat: Chat, isArchivedForMe: boolean): Promise<void> {
  const { chatId } = chat.summary
  if (isArchivedForMe) await call(new ChatMemberRequest({ chatMemberId: (await ownMembership(chat)).chatMemberId }))
  else await replace(new ChatRequest({ chatId, chat: new ChatDto({ chatId, isArchived: false }) }))
  change(chatId, { isArchivedForMe })
}

/** Chooses what notifies oneself of a chat. Muted until a time in ms since 1970, or not. */
export async function setNotifications(chatId: ChatId, level: Level, mutedUntil: number | null): Promise<void> {
  const until = mutedUntil === null ? {} : { mutedUntil: new Date(mutedUntil).toISOString() }
  const now = await call(new SetNotifications({ chatId, level, ...until }))
  const { mutedUntil: _before, ...summary } = state.value?.chats.get(chatId)?.summary ?? {}
  change(
    chatId,
    { ...summary, level: now.level ?? level, ...(now.mutedUntil ? { mutedUntil: now.mutedUntil } : {}) },
    true,
  )
}

export interface MemberPage {
  readonly items: readonly Member[]
  readonly next?: string | undefined
}

const MEMBERS_A_PAGE = 100

export async function findMembers(
  chatId: ChatId,
  query: string,
  cursor?: string,
  stop?: AbortSignal,
): Promise<MemberPage> {
  const request = new FindChatMembers({ chatId, query, take: MEMBERS_A_PAGE, ...(cursor ? { cursor } : {}) })
  const { members, nextCursor } = await call(request, stop)
  return { items: members, next: nextCursor }
}

const HITS_A_PAGE = 30

export function searchMessages(query: string, cursor?: string, stop?: AbortSignal): Promise<SearchMessagesResponse> {
  return call(new SearchMessages({ query, take: HITS_A_PAGE, ...(cursor ? { cursor } : {}) }), stop)
}

async function ownMembership(chat: Chat): Promise<Member> {
  const me = state.value?.me
  const isMine = (member: Member) => member.userId === me?.userId
  const known = chat.members?.get(me?.userId ?? "") ?? chat.summary.members.find(isMine)
  // A summary has the first few members only.
  const found = known ?? (await findMembers(chat.summary.chatId, me?.emailAddress ?? "")).items.find(isMine)
  if (!found) throw new Failure("missing", "")
  return found
}

function change(chatId: ChatId, changes: Partial<ChatSummary>, isWhole = false): void {
  update((now) =>
    withChat(now, chatId, (chat) => ({
      ...chat,
      summary: (isWhole ? changes : { ...chat.summary, ...changes }) as ChatSummary,
    })),
  )
}
