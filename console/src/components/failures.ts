// Why something did not work, in words of the catalogue that a person can act on.
//
// The server says why in English, and may say it otherwise tomorrow. So the words are chosen by the reason and the error
// code that docs/errors.md lists. A test compares that page with what is known here.
import { Failure, type Told } from "../api/client"
import { type Key, knows, t } from "../text"
import { size } from "../text/sizes"
import { fromNow } from "../text/times"
import { toast } from "./Toast"

export interface Explained {
  readonly words: string
  /** What the server says, in English, if the words leave something out. */
  readonly original?: string | undefined
}

// Error codes by what they mean for a person. Numbers are the statuses of answers without a code, as proxies give them.
const CODES: Readonly<Partial<Record<Key, string>>> = {
  "common.missing": "NotFound",
  "common.otherPerson": "AnotherUser",
  "common.signedOut": "TokenException Unauthorized",
  "common.tooMany": "TooManyRequests 429",
  "common.unavailable": "InternalServerError Locked ServiceUnavailable",
  "invite.accountExists": "AccountExists",
  "refusals.conflict": "Conflict",
  "refusals.forbidden": "Forbidden 403",
  "refusals.length": "Length",
  "refusals.mismatch":
    "ArgumentException ArgumentNullException FormatException InvalidRequest NotImplementedException" +
    " NotSupportedException PreconditionFailed SerializationException UnsupportedMediaType",
  "refusals.missing": "NotEmpty NotNull ValidationException",
  "refusals.noAccess": "AuthenticationException",
  "refusals.tooLarge": "PayloadTooLarge 413",
  "refusals.tooLong": "MaximumLength",
  "refusals.tooShort": "MinimumLength",
  "refusals.tooSlow": "RequestTimeout 408",
  "refusals.unfit":
    "CreditCard Empty Enum Equal ExclusiveBetween GreaterThan GreaterThanOrEqual InclusiveBetween LessThan" +
    " LessThanOrEqual NotEqual Null Predicate RegularExpression ScalePrecision",
  "refusals.wrongAddress": "Email",
}

/** The words that do not say all. */
const VAGUE: ReadonlySet<string> = new Set<Key>([
  "common.refused",
  "refusals.conflict",
  "refusals.forbidden",
  "refusals.mismatch",
  "refusals.unfit",
])

/** What the members that people fill in must be. */
const FIELDS: Readonly<Record<string, Key>> = {
  ChatName: "refusals.name",
  DisplayName: "refusals.name",
  Emoji: "refusals.emoji",
  Name: "refusals.name",
}

/** Explains whatever was thrown, or a failure that was kept with what failed. */
export function explain(why: unknown): Explained {
  if (why instanceof Error && !(why instanceof Failure)) return { words: t("common.unexpected") }
  const { reason, message, details = {} } = why as Told
  if (reason === "unreachable") return { words: t("common.unreachable") }
  const { retryAfter = 0, values = {} } = details
  const key = keyOf(why as Told)
  const words = t(key, {
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value) || value])),
    size: size(Number(values.MaxBytes ?? 0)),
    when: fromNow(retryAfter),
  })
  return VAGUE.has(key) && message ? { words, original: message } : { words }
}

function keyOf({ reason, details: { code = "", fields = {}, retryAfter, values = {} } = {} }: Told): Key {
  const because = `refusals.because_${values.Reason}`
  if (knows(because)) return because
  const [field = ""] = Object.keys(fields)
  const ofField = FIELDS[field.slice(field.lastIndexOf(".") + 1)]
  if (ofField && (code === "Predicate" || code === "NotEmpty")) return ofField
  const [found] = Object.entries(CODES).find(([, codes]) => codes.split(" ").includes(code)) ?? []
  if (found === "refusals.tooLarge" && values.MaxBytes) return "refusals.fileTooLarge"
  if (found && (found !== "common.tooMany" || retryAfter)) return found as Key
  return OTHERS[reason]
}

const OTHERS: Readonly<Record<Told["reason"], Key>> = {
  missing: "common.missing",
  refused: "common.refused",
  signedOut: "common.signedOut",
  unavailable: "common.unavailable",
  unreachable: "common.unreachable",
}

/** Does something, and says why if it does not work. Returns whether it did. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    complain(error)
    return false
  }
}

/** Says at the foot of the page why something did not work. */
export function complain(error: unknown): void {
  const { words, ...more } = explain(error)
  toast(words, { isProblem: true, ...more })
}
