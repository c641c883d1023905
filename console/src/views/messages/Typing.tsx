import type { Chat } from "../../state/model"
import { now } from "../../state/clock"
import { me } from "../../state/store"
import { t } from "../../text"

/** Who is writing. The line is always there, so that nothing moves when somebody begins. */
export function Typing({ chat }: { chat: Chat }) {
  const writing = [...chat.typing].filter(([userId, { until }]) => userId !== me.value?.userId && until > now.peek())
  const names = writing.map(([, { name }]) => name)
  const [first = "", second = ""] = names
  return (
    <p class="typing one-line" dir="auto">
      {names.length === 1 && t("messages.oneWrites", { name: first })}
      {names.length === 2 && t("messages.twoWrite", { name: first, other: second })}
      {names.length > 2 && t("messages.manyWrite", { count: names.length })}
    </p>
  )
}
