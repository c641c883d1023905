// What the console knows, as plain immutable data. `reducer.ts` changes it by events, and views read it.
import type { ChatSummary, Me, Member, Message } from "../api/dtos"

export type ChatId = string
export type UserId = string

/** A stretch of a chat's messages without gaps, oldest first. */
export interface Stretch {
  readonly messages: readonly Message[]
  /** Whether the chat has messages before the first of these. */
  readonly hasOlder: boolean
  /** Whether the chat has messages after the last of these. */
  readonly hasNewer: boolean
}

export interface Chat {
  /** The chat as the server describes it. Its counts and its last message are kept up by events. */
  readonly summary: Readonly<ChatSummary>
  /** Whether `summary.pins` are known. The list of chats has none. */
  readonly hasPins: boolean
  /** Its members by id of the person, in the order in which they joined, once somebody wanted to see them. */
  readonly members: ReadonlyMap<UserId, Member> | null
  /** Whether `members` are all of them. */
  readonly hasAllMembers: boolean
  /** The messages that are loaded, once the chat was opened. */
  readonly stretch: Stretch | null
  /** Who is writing, by id of the person: their name, and when that ends, in milliseconds since 1970. */
  readonly typing: ReadonlyMap<UserId, { readonly name: string; readonly until: number }>
}

export type Presence = "online" | "away" | "offline"

export interface State {
  readonly me: Readonly<Me>
  readonly chats: ReadonlyMap<ChatId, Chat>
  /** Whether `chats` are all of them. Until then a chat that is not there may still come. */
  readonly hasAllChats: boolean
  readonly presence: ReadonlyMap<UserId, Presence>
}

/** How many members the server puts into the summary of a chat. */
export const MEMBERS_SHOWN = 8

export function newChat(summary: ChatSummary, hasPins = false): Chat {
  return { summary, hasPins, members: null, hasAllMembers: false, stretch: null, typing: new Map() }
}
