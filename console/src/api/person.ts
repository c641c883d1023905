// Whom a request is made for. All tabs of a browser share its cookies, so by the time a request is sent they may be
// those of another person. The server then refuses it, since it carries the person it was made for.

/** Returns the person whose state is shown, if there is one. Set by `session.ts`. */
export const person = { userId: (): string | undefined => undefined }

/** The header that names the person. */
export function forPerson(userId: string | undefined): Record<string, string> {
  return userId ? { "Expected-User": userId } : {}
}

/** The status of the answer if another person is signed in. */
export const OTHER_PERSON = 412
