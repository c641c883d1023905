// Why something did not work, in words that a person can act on.
import { Failure, type Reason } from "../api/client"
import { t } from "../text"
import { toast } from "./Toast"

export function wordsFor(error: unknown): string {
  if (!(error instanceof Failure)) return t("common.unexpected")
  switch (error.reason) {
    case "unreachable":
      return t("common.unreachable")
    case "signedOut":
      return error.details.code === "AnotherUser" ? t("common.otherPerson") : t("common.signedOut")
    case "missing":
      return t("common.missing")
    case "unavailable":
      return error.details.retryAfter
        ? t("common.tooMany", { count: Math.ceil(error.details.retryAfter / 60_000) })
        : t("common.unavailable")
    case "refused":
      return Object.values(error.details.fields ?? {})[0] || error.message || t("common.refused")
  }
}

/** The same of a failure that was kept with what failed. */
export function wordsForKept({ reason, message, code }: { reason: Reason; message: string; code: string }): string {
  return wordsFor(new Failure(reason, message, { code }))
}

/** Does something, and says why if it does not work. Returns whether it did. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    toast(wordsFor(error), { isProblem: true })
    return false
  }
}
