// The invitation whose link a person opened. Its token stands after the # of the address, where no server sees it, and
// travels only in the bodies of two requests. Mail programs that spoil the link lead here without a token: then the page
// asks for the code that the mail names, which stands in its place.
import {
  AcceptInvitation,
  type AcceptInvitationResponse,
  Authenticate,
  PreviewInvitation,
  type PreviewInvitationResponse,
} from "../api/dtos"
import { call, Failure, get } from "../api/client"
import { address, go } from "./address"

export type Invitation = PreviewInvitationResponse
export type Accepted = AcceptInvitationResponse

const KEPT_AS = "parlour.invitation"

/**
 * The token of the link, or an empty text. It is taken out of the address, so that it is neither in the history nor over
 * somebody's shoulder. It is kept for this tab, so that reloading works.
 */
export function takeToken(): string {
  const written = address.peek().hash.slice(1)
  // Programs that count clicks add words of their own behind a link, and so behind the token.
  const given = /^[\w-]{43}(?![\w-])/.exec(written)?.[0] ?? written
  if (given) {
    keepToken(given)
    go("/invite", "replace")
  }
  return given || sessionStorage.getItem(KEPT_AS) || ""
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEPT_AS, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEPT_AS)
}

/** The invitation of a token or a code. Changes nothing. Null if there is none that is open. Throws a `Failure`. */
export async function readInvitation(token: string): Promise<Invitation | null> {
  try {
    return await call(new PreviewInvitation({ token }))
  } catch (error) {
    if (error instanceof Failure && (error.reason === "missing" || error.reason === "refused")) return null
    throw error
  }
}

/** Accepts with the account that is signed in, or with a new one if there is a password. Throws a `Failure`. */
export function accept(token: string, account: { displayName?: string; password?: string } = {}): Promise<Accepted> {
  return call(new AcceptInvitation({ token, ...account }))
}

/** The name of whoever is signed in in this browser, with or without a place in an agency. Null if nobody is. */
export async function whoIsSignedIn(): Promise<string | null> {
  try {
    const { displayName, userName } = await get(new Authenticate())
    return displayName || userName || null
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}
