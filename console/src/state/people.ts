// Finding people, and inviting new ones.
import {
  EndSession,
  FindInvitations,
  FindPeople,
  FindSessions,
  type FoundPerson,
  GetInvitableRoles,
  type InvitableRole,
  InviteContact,
  type MySession,
  ResendInvitation,
  RevokeInvitation,
  type SentInvitation,
  UpdateMe,
} from "../api/dtos"
import { call } from "../api/client"
import { state, update } from "./store"

const PEOPLE_A_PAGE = 50

export interface FoundPage {
  readonly items: readonly FoundPerson[]
  readonly next?: string | undefined
}

/** People by the beginnings of their names or addresses. */
export async function findPeople(query: string, cursor?: string, stop?: AbortSignal): Promise<FoundPage> {
  const request = new FindPeople({ query, take: PEOPLE_A_PAGE, ...(cursor ? { cursor } : {}) })
  const { people, nextCursor } = await call(request, stop)
  return { items: people, next: nextCursor }
}

/** One person by the id of their contact. Null if nobody has it. */
export async function personOf(contactId: string, stop?: AbortSignal): Promise<FoundPerson | null> {
  let cursor: string | undefined
  do {
    const page: FoundPage = await findPeople("", cursor, stop)
    const found = page.items.find((person) => person.contactId === contactId)
    if (found) return found
    cursor = page.next
  } while (cursor)
  return null
}

/** The roles that one may give to people whom one invites. */
export async function invitableRoles(): Promise<readonly InvitableRole[]> {
  return (await call(new GetInvitableRoles())).roles
}

/** Invites somebody by their address. Returns the id of their contact, which also names them until they join. */
export async function invite(emailAddress: string, roles: readonly string[], toContactId?: string): Promise<string> {
  const request = new InviteContact({
    contactId: state.value?.me.contactId ?? "",
    emailAddress,
    roles: [...roles],
    ...(toContactId ? { toContactId } : {}),
  })
  return (await call(request)).contactId
}

export interface InvitationPage {
  readonly items: readonly SentInvitation[]
  readonly next?: string | undefined
}

/** The open invitations that one may see. */
export async function findInvitations(cursor?: string, stop?: AbortSignal): Promise<InvitationPage> {
  const request = new FindInvitations({ take: PEOPLE_A_PAGE, ...(cursor ? { cursor } : {}) })
  const { invitations, nextCursor } = await call(request, stop)
  return { items: invitations, next: nextCursor }
}

export async function revokeInvitation(invitationId: string): Promise<void> {
  await call(new RevokeInvitation({ invitationId }))
}

/** Prolongs an invitation. Returns whether a mail goes out too: soon after another one none does. */
export async function resendInvitation({ invitationId, dateMailed }: SentInvitation): Promise<boolean> {
  const { invitation } = await call(new ResendInvitation({ invitationId }))
  return invitation?.dateMailed !== dateMailed
}

/** Whether a text is an e-mail address, as far as a form can tell. */
export function isAddress(text: string): boolean {
  return /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]{2,}$/.test(text)
}

/** The addresses in a text with several of them, each once. */
export function addressesIn(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,;<>]+/).filter(Boolean))]
}

/** Changes what one may choose about oneself, at once on this page. */
export async function changeMe(changes: { name?: string; language?: string; showsPresence?: boolean }): Promise<void> {
  const { me } = await call(new UpdateMe({ ...changes, settings: {} }))
  if (me) update((now) => ({ ...now, me }))
}

/** Where one is signed in, the browser in use first. */
export async function findSessions(stop?: AbortSignal): Promise<readonly MySession[]> {
  const { sessions } = await call(new FindSessions(), stop)
  return [...sessions].sort((one, other) => Number(other.isCurrent) - Number(one.isCurrent))
}

export async function endSession(sessionId: string): Promise<void> {
  await call(new EndSession({ sessionId }))
}
