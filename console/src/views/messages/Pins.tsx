import { useSignal } from "@preact/signals"
import { Icon } from "../../components/Icon"
import { attempt } from "../../components/failures"
import type { Message } from "../../api/dtos"
import { pin } from "../../state/actions"
import { t } from "../../text"
import { plain } from "../../text/markdown"
import type { Pane } from "./pane"

/** The pinned messages above the list: the newest one in a line, or all of them. */
export function Pins({ pane, pins, isReadOnly }: { pane: Pane; pins: readonly Message[]; isReadOnly: boolean }) {
  const isOpen = useSignal(false)
  const newest = pins.at(-1)
  if (!newest) return null
  const shown = isOpen.value ? [...pins].reverse() : [newest]
  return (
    <section class="pins" aria-label={t("messages.pins")}>
      <Icon name="pin" />
      <ul>
        {shown.map((message) => (
          <li key={message.chatMessageId}>
            <button type="button" class="link said" onClick={() => pane.jump(message.chatMessageId)}>
              <b dir="auto">{message.senderName}</b>{" "}
              <span dir="auto">{plain(message.text ?? "") || t("messages.file")}</span>
            </button>
            {isOpen.value && !isReadOnly && (
              <button
                type="button"
                class="icon-button"
                aria-label={t("messages.unpin")}
                title={t("messages.unpin")}
                onClick={() => void attempt(() => pin(message.chatMessageId, false))}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {(pins.length > 1 || !isReadOnly) && (
        <button type="button" class="link all" aria-expanded={isOpen} onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? t("messages.fewerPins") : t("messages.allPins", { count: pins.length })}
        </button>
      )}
    </section>
  )
}
