// What events change of the members of a chat. Pure, and a part of the reducer.
import type { Member } from "../api/dtos"
import { type Chat, MEMBERS_SHOWN, type UserId } from "./model"

/** A member who joined, at the end of those that are known. */
export function joined(chat: Chat, member: Member, me: UserId): Chat {
  const shown = chat.summary.members.filter((each) => each.chatMemberId !== member.chatMemberId)
  // With fewer than there are, the place of the new one among the others is not known.
  const isShown = shown.length < MEMBERS_SHOWN && shown.length + 1 >= chat.summary.memberCount
  const members = isShown ? [...shown, member] : chat.summary.members
  const all = chat.members && chat.hasAllMembers ? keyed([...otherThan(chat.members, member.chatMemberId), member]) : chat.members
  return withRole({ ...chat, members: all, summary: { ...chat.summary, members } }, member, me)
}

/** A member with another role, another name, or an account, which gives them another id. */
export function memberChanged(chat: Chat, member: Member, me: UserId): Chat {
  const replace = (each: Member) => (each.chatMemberId === member.chatMemberId ? member : each)
  const members = chat.summary.members.map(replace)
  const all = chat.members && keyed([...chat.members.values()].map(replace))
  return withRole({ ...chat, members: all, summary: { ...chat.summary, members } }, member, me)
}

export function left(chat: Chat, chatMemberId: string, userId: UserId): Chat {
  const members = chat.summary.members.filter((each) => each.chatMemberId !== chatMemberId)
  const all = chat.members && keyed(otherThan(chat.members, chatMemberId))
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

function withRole(chat: Chat, member: Member, me: UserId): Chat {
  return member.userId === me ? { ...chat, summary: { ...chat.summary, role: member.role ?? "" } } : chat
}

function keyed(members: readonly Member[]): ReadonlyMap<UserId, Member> {
  return new Map(members.map((each) => [each.userId, each]))
}

function otherThan(members: ReadonlyMap<UserId, Member>, chatMemberId: string): Member[] {
  return [...members.values()].filter((each) => each.chatMemberId !== chatMemberId)
}
