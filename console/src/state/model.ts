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
  /** All its members by id of the person, once somebody wanted to see them. */
  readonly members: ReadonlyMap<UserId, Member> | null
  /** The messages that are loaded, once the chat was opened. */
  readonly stretch: Stretch | null
  /** Who is writing, by id of the person: their name, and when that ends, in milliseconds since 1970. */
  readonly typing: ReadonlyMap<UserId, { readonly name: string; readonly until: number }>
}

export type Presence = "online" | "away" | "offline"

export interface State {
  readonly me: Readonly<Me>
  readonly chats: ReadonlyMap<ChatId, Chat>
  readonly presence: ReadonlyMap<UserId, Presence>
}

export function newChat(summary: ChatSummary): Chat {
  return { summary, members: null, stretch: null, typing: new Map() }
}
