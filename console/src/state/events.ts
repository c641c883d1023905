// Events as the stream sends them: a kind, and the DTO that belongs to it.
import type {
  ArchivedForMe,
  ChatChanged,
  ChatRead,
  DraftSaved,
  Event,
  MeChanged,
  MemberChanged,
  MemberJoined,
  MemberLeft,
  MessageDeleted,
  MessageEdited,
  MessagePinned,
  MessageSent,
  NotificationsSet,
  PresenceChanged,
  ReactionChanged,
  Typing,
} from "../api/dtos"

export interface Kinds {
  "chat.messageSent": MessageSent
  "chat.messageEdited": MessageEdited
  "chat.messageDeleted": MessageDeleted
  "chat.reactionChanged": ReactionChanged
  "chat.messagePinned": MessagePinned
  "chat.memberJoined": MemberJoined
  "chat.memberLeft": MemberLeft
  "chat.memberChanged": MemberChanged
  "chat.changed": ChatChanged
  "chat.read": ChatRead
  "chat.draftSaved": DraftSaved
  "chat.notificationsSet": NotificationsSet
  "chat.archivedForMe": ArchivedForMe
  "me.changed": MeChanged
  "chat.typing": Typing
  "presence.changed": PresenceChanged
}

export type Kind = keyof Kinds

/** One event, with the cursor behind it. */
export type Happened = {
  [K in Kind]: { readonly kind: K; readonly cursor: string; readonly data: Kinds[K] }
}[Kind]

/** An event of `GetEvents`, as the stream would have sent it. Null for a kind that this console does not know. */
export function happenedIn(event: Event): Happened | null {
  const kind = event.kind ?? ""
  const name = MEMBERS[kind] ?? kind.slice(kind.indexOf(".") + 1)
  const data = (event as unknown as Record<string, unknown>)[name]
  return data ? ({ kind, cursor: event.cursor, data } as Happened) : null
}

/** The member of `Event`, where it is not the second half of the kind. */
const MEMBERS: Readonly<Record<string, string>> = {
  "chat.changed": "chatChanged",
  "chat.read": "chatRead",
  "me.changed": "meChanged",
  "presence.changed": "presenceChanged",
}
