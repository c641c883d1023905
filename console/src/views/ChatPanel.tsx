// What stands beside a chat: its members, or its settings.
import { useEffect, useRef } from "preact/hooks"
import { useGivingBack } from "../components/focus"
import { Icon } from "../components/Icon"
import { go, type Panel, panelAddress } from "../state/address"
import { state } from "../state/store"
import { t } from "../text"
import { ChatSettings } from "./ChatSettings"
import { Members } from "./Members"

export function ChatPanel({ chatId, panel }: { chatId: string; panel: Panel }) {
  const chat = state.value?.chats.get(chatId)
  const close = useRef<HTMLButtonElement>(null)
  const panelElement = useRef<HTMLElement>(null)
  useGivingBack(panelElement)
  const title = t(panel === "members" ? "chats.members" : "chats.settings")
  useEffect(() => close.current?.focus(), [panel])
  if (!chat) return null
  return (
    <aside ref={panelElement} class="panel" aria-label={title} data-region>
      <header class="panel-head">
        <h2>{title}</h2>
        <button
          ref={close}
          type="button"
          class="icon-button"
          data-focus
          aria-label={t("common.close")}
          onClick={() => go(panelAddress(chatId))}
        >
          <Icon name="close" />
        </button>
      </header>
      {panel === "members" ? <Members chat={chat} /> : <ChatSettings chat={chat} />}
    </aside>
  )
}
