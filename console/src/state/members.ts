// What events change of the members of a chat. Pure, and a part of the reducer.
import type { Member, Message } from "../api/dtos"
import { mapMessages } from "./messages"
import { type Chat, MEMBERS_SHOWN, type UserId } from "./model"

/** A member who joined, or came back to their old place. */
export function joined(chat: Chat, member: Member, me: UserId): Chat {
  const members = inOrder(chat.summary.members, member).slice(0, MEMBERS_SHOWN)
  const known = chat.members && inOrder(chat.members.values(), member)
  // If there are more pages, one who is behind all that are known comes with one of those.
  const isKnown = chat.hasAllMembers || known?.at(-1) !== member
  const all = known && isKnown ? keyed(known) : chat.members
  return withPerson({ ...chat, members: all, summary: { ...chat.summary, members } }, member, me)
}

function inOrder(members: Iterable<Member>, member: Member): Member[] {
  const others = [...members].filter((each) => each.chatMemberId !== member.chatMemberId)
  return [...others, member].sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
}

function placeOf({ dateJoined, chatMemberId }: Member): string {
  return `${dateJoined} ${chatMemberId}`
}

/** A member with another role, another name, or an account, which gives them another id. */
export function memberChanged(chat: Chat, member: Member, me: UserId): Chat {
  const replace = (each: Member) => (each.chatMemberId === member.chatMemberId ? member : each)
  const members = chat.summary.members.map(replace)
  const all = chat.members && keyed([...chat.members.values()].map(replace))
  return withPerson({ ...chat, members: all, summary: { ...chat.summary, members } }, member, me)
}

/** A message with the name that its sender has now. */
function named(message: Message, { userId, name = "" }: Member): Message {
  const { replyTo } = message
  const reply =
    replyTo?.senderUserId === userId && replyTo.senderName !== name ? { ...replyTo, senderName: name } : replyTo
  const isSender = message.senderUserId === userId && message.senderName !== name
  if (!isSender && reply === replyTo) return message
  return { ...message, ...(isSender ? { senderName: name } : {}), ...(reply ? { replyTo: reply } : {}) } as Message
}

export function left(chat: Chat, chatMemberId: string, userId: UserId): Chat {
  const members = chat.summary.members.filter((each) => each.chatMemberId !== chatMemberId)
  const all = chat.members && keyed([...chat.members.values()].filter((each) => each.chatMemberId !== chatMemberId))
  const typing = new Map([...chat.typing].filter(([id]) => id !== userId))
  return { ...chat, members: all, typing, summary: { ...chat.summary, members } }
}

/** How far a person has read. Their marker also moves back if they mark messages as unread. */
export function readBy(chat: Chat, userId: UserId, number: number): Chat {
  const move = (each: Member): Member => (each.userId === userId ? { ...each, readNumber: number } : each)
  const known = chat.members?.get(userId)
  const members = known && chat.members ? new Map(chat.members).set(userId, move(known)) : chat.members
  return { ...chat, members, summary: { ...chat.summary, members: chat.summary.members.map(move) } }
}

/** The chat with a page of members behind those that are known. */
export function withMembers(chat: Chat, page: readonly Member[], hasAllMembers: boolean): Chat {
  return { ...chat, hasAllMembers, members: keyed([...(chat.members?.values() ?? []), ...page]) }
}

/** The chat with the name that a member has now, wherever it shows it, and with the role if it is this person's own. */
function withPerson(chat: Chat, member: Member, me: UserId): Chat {
  const changed = mapMessages(chat, (message) => named(message, member))
  const { summary } = changed
  const role = member.userId === me ? { role: member.role ?? "" } : {}
  const creator = member.userId === summary.createdBy ? { createdByName: member.name ?? "" } : {}
  return { ...changed, summary: { ...summary, ...role, ...creator } }
}

function keyed(members: readonly Member[]): ReadonlyMap<UserId, Member> {
  return new Map(members.map((each) => [each.userId, each]))
}
