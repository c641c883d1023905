import { Icon } from "../../components/Icon"
import type { Message } from "../../api/dtos"
import { t } from "../../text"
import { pick, toggle } from "./doing"
import type { Names } from "./naming"
import type { Pane } from "./pane"

interface Props {
  pane: Pane
  message: Message
  names: Names
  isActive: boolean
  isReadOnly: boolean
}

/** The emoji under a message. A click puts one's own there, or takes it away. */
export function Reactions({ pane, message, names, isActive, isReadOnly }: Props) {
  if (message.reactions.length === 0) return null
  return (
    <div class="reactions" role="group" aria-label={t("messages.reactionsOf")}>
      {message.reactions.map(({ emoji = "", count, isMine, userIds }) => {
        const known = userIds.map((userId) => names.get(userId)).filter(Boolean)
        const more = count - known.length
        const who = [...known, ...(more > 0 ? [t("messages.others", { count: more })] : [])].join(", ")
        return (
          <button
            key={emoji}
            type="button"
            class="reaction"
            aria-pressed={isMine}
            title={who}
            disabled={isReadOnly}
            tabIndex={isActive ? 0 : -1}
            onClick={() => toggle(message, emoji)}
          >
            <span>{emoji}</span> <span>{count}</span> <span class="unseen">{who}</span>
          </button>
        )
      })}
      {!isReadOnly && (
        <button
          type="button"
          class="reaction add"
          aria-label={t("messages.react")}
          title={t("messages.react")}
          tabIndex={isActive ? 0 : -1}
          onClick={(event) => pick(pane, message, event.currentTarget)}
        >
          <Icon name="smile" />
        </button>
      )}
    </div>
  )
}
