// Every call of the API: through the framework's own client, with the types that the server declares.
import { JsonServiceClient } from "@servicestack/client"
import type { IReturn, IReturnVoid } from "./dtos"
import { forPerson, OTHER_PERSON, person } from "./person"

/** Why a call failed, in the terms a person can act on. */
export type Reason =
  /** Nobody answered: the network is gone, or the server is. */
  | "unreachable"
  /** The sign-in has ended, or another person has signed in. */
  | "signedOut"
  /** The server refused the request, and would refuse it again. */
  | "refused"
  /** There is no such thing, or no longer, or not for this person. */
  | "missing"
  /** The server could not do it now. */
  | "unavailable"

interface Details {
  /** The error code of the first member that is wrong, or that of the whole, such as `Conflict`. */
  code?: string
  /** What is wrong with a field, by the field's name. */
  fields?: Readonly<Record<string, string>>
  /** `Meta` of the first member that is wrong, or of the whole. A `Reason` says more than the code. */
  values?: Readonly<Record<string, string>>
  /** How long to wait before another try, in milliseconds, if the server says so. */
  retryAfter?: number
}

/** What is known of a failure. It can be kept in the browser. */
export interface Told {
  readonly reason: Reason
  /** What the server says, in English. */
  readonly message: string
  readonly details?: Details
}

export class Failure extends Error implements Told {
  constructor(
    readonly reason: Reason,
    message: string,
    readonly details: Details = {},
  ) {
    super(message)
  }

  /** The same, to be kept. */
  get told(): Told {
    const { reason, message, details } = this
    return { reason, message, details }
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return this.reason === "unreachable" || this.reason === "unavailable"
  }
}

// A server that says "at once" must not be asked without a pause, and a browser's timers end at once after too long ones.
const SHORTEST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 24 * 60 * 60_000

// Longer than the server takes for anything, shorter than a person waits before they reload.
const LONGEST_CALL_MS = 30_000

/** What others want to know of each answer: the server's time, and that the person it was for is not signed in any more. */
export const listeners = {
  date: (_header: string | null): void => {},
  signedOut: (_userId: string | undefined): void => {},
}

/** Sends one request. Throws a `Failure`. `stop` ends it early. */
export async function call<T>(request: IReturn<T> | IReturnVoid, stop?: AbortSignal): Promise<T> {
  const userId = person.userId()
  try {
    return await calling((client) => client.send<T>(request as never), stop)
  } catch (error) {
    if (error instanceof Failure && error.reason === "signedOut") listeners.signedOut(userId)
    throw error
  }
}

/** Sends a request that has several verbs by GET. */
export function get<T>(request: IReturn<T>): Promise<T> {
  return calling((client) => client.get<T>(request as never))
}

/** Sends a request that has several verbs by POST. */
export function post<T>(request: IReturn<T>): Promise<T> {
  return calling((client) => client.post<T>(request as never))
}

/** Sends a request that has several verbs by PUT. */
export function put<T>(request: IReturn<T>): Promise<T> {
  return calling((client) => client.put<T>(request as never))
}

async function calling<T>(send: (client: JsonServiceClient) => Promise<T>, stop?: AbortSignal): Promise<T> {
  const late = AbortSignal.timeout(LONGEST_CALL_MS)
  let answer: Response | null = null
  const client = new JsonServiceClient("")
  const userId = person.userId()
  for (const [name, value] of Object.entries(forPerson(userId))) client.headers.set(name, value)
  client.requestFilter = (sent) => {
    sent.signal = stop ? AbortSignal.any([stop, late]) : late
  }
  client.responseFilter = (response) => listeners.date(response.headers.get("Date"))
  client.exceptionFilter = (response) => {
    answer = response
    if (response.status === OTHER_PERSON) listeners.signedOut(userId)
  }
  try {
    return await send(client)
  } catch (error) {
    throw answer === null ? new Failure("unreachable", String(error)) : failureOf(answer, error as ErrorAnswer)
  }
}

export interface ErrorAnswer {
  responseStatus?: {
    errorCode?: string
    message?: string
    errors?: { errorCode?: string; fieldName?: string; message?: string; meta?: Record<string, string> }[]
    meta?: Record<string, string>
  }
}

/** The failure that an answer tells. */
export function failureOf(answer: Pick<Response, "status" | "headers">, { responseStatus = {} }: ErrorAnswer): Failure {
  const { errors = [], message = "" } = responseStatus
  const { errorCode = answer.status, meta = {} } = errors[0] ?? responseStatus
  const fields = Object.fromEntries(errors.map((each) => [each.fieldName ?? "", each.message ?? ""]))
  const wait = Number(answer.headers.get("Retry-After") ?? Number.NaN) * 1000
  return new Failure(reasonOf(answer.status), message, {
    code: String(errorCode),
    fields,
    values: meta,
    ...(Number.isNaN(wait) ? {} : { retryAfter: Math.min(Math.max(wait, SHORTEST_WAIT_MS), LONGEST_WAIT_MS) }),
  })
}

function reasonOf(status: number): Reason {
  if (status === 401 || status === OTHER_PERSON) return "signedOut"
  if (status === 404) return "missing"
  // The request came too slowly, too often, or at a bad time.
  if (status === 408 || status === 429 || status >= 500) return "unavailable"
  return "refused"
}
