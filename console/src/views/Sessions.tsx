// Where the person is signed in, and ending that.
import { attempt } from "../components/failures"
import { Failed, Skeleton } from "../components/Loading"
import { usePages } from "../components/pages"
import { toast } from "../components/Toast"
import { endSession, findSessions } from "../state/people"
import { t } from "../text"
import { dateAndClock } from "../text/times"

export function Sessions() {
  const known = usePages("", async (_cursor, stop) => ({ items: await findSessions(stop) }))
  const end = (sessionId: string) =>
    void attempt(async () => {
      await endSession(sessionId)
      toast(t("me.sessionEnded"))
      known.again()
    })
  return (
    <div aria-busy={known.items === null && known.isLoading}>
      {known.items === null && !known.failure && <Skeleton rows={1} />}
      {known.failure !== null && <Failed failure={known.failure} onRetry={known.again} />}
      <ul class="sessions">
        {known.items?.map(({ sessionId, dateCreated, dateExpires, isCurrent }) => (
          <li key={sessionId}>
            <span>
              {t(isCurrent ? "me.thisSession" : "me.otherSession", { date: dateAndClock(dateCreated) })}
              <span class="small quiet block">{t("me.sessionUntil", { date: dateAndClock(dateExpires) })}</span>
            </span>
            {!isCurrent && (
              <button type="button" class="button" onClick={() => end(sessionId)}>
                {t("me.endSession")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
