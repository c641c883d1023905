// The texts that a message had before it was edited.
import { useEffect, useState } from "preact/hooks"
import { Dialog } from "../../components/Dialog"
import { Failed, Skeleton } from "../../components/Loading"
import type { Message, MessageVersion } from "../../api/dtos"
import { historyOf } from "../../state/actions"
import { t } from "../../text"
import { fullTime } from "../../text/times"

export function History({ message, onClose }: { message: Message; onClose: () => void }) {
  const [versions, setVersions] = useState<readonly MessageVersion[] | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  function read() {
    setFailure(null)
    historyOf(message.chatMessageId).then(setVersions, setFailure)
  }
  useEffect(read, [message.chatMessageId])
  const now = { number: 0, text: message.text ?? "", dateWritten: message.dateEdited ?? message.dateCreated }
  return (
    <Dialog title={t("messages.history")} onClose={onClose}>
      <div class="history">
        {failure !== null && <Failed failure={failure} onRetry={read} />}
        {!versions && failure === null && <Skeleton rows={2} />}
        {versions && (
          <ol tabIndex={0}>
            {[now, ...[...versions].reverse()].map(({ number, text, dateWritten }) => (
              <li key={number}>
                <time class="small quiet" dateTime={dateWritten}>
                  {fullTime(dateWritten)}
                </time>
                <p class="text" dir="auto">
                  {text}
                </p>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Dialog>
  )
}
