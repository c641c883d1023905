// One chat: its head, its messages, and the composer.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Avatar } from "../components/Avatar"
import { Icon } from "../components/Icon"
import type { Message } from "../api/dtos"
import { send, waiting } from "../state/outbox"
import { leaveChat, openChat } from "../state/pane"
import { seen } from "../state/reading"
import { state } from "../state/store"
import { t } from "../text"
import { clock, fullTime } from "../text/times"
import { ChatHead } from "./ChatHead"

export function ChatPane({ chatId, messageId }: { chatId: string; messageId?: string }) {
  const chat = state.value?.chats.get(chatId)
  const list = useRef<HTMLDivElement>(null)
  const messages = chat?.stretch?.messages
  const newest = messages?.at(-1)

  useEffect(() => {
    void openChat(chatId, messageId ? { messageId } : undefined)
  }, [chatId, messageId])
  useEffect(() => () => leaveChat(chatId), [chatId])
  useEffect(() => {
    list.current?.scrollTo(0, list.current.scrollHeight)
    if (newest) seen(chatId, newest)
  }, [newest?.number])

  if (!chat) return <p class="empty">{t("chats.gone")}</p>
  return (
    <>
      <ChatHead chat={chat} />
      <div class="messages" ref={list}>
        {messages?.map((message, index) => <Row key={message.chatMessageId} message={message} before={messages[index - 1]} />)}
        {waiting.value
          .filter((each) => each.chatId === chatId)
          .map((each) => (
            <div key={each.chatMessageId} class="message">
              <p class="text quiet">{each.text}</p>
            </div>
          ))}
      </div>
      <Composer chatId={chatId} />
    </>
  )
}

const GROUP_MS = 5 * 60_000

function Row({ message, before }: { message: Message; before: Message | undefined }) {
  const isHead =
    before?.senderUserId !== message.senderUserId ||
    new Date(message.dateCreated).getTime() - new Date(before.dateCreated).getTime() > GROUP_MS
  return (
    <div class={`message${isHead ? " head" : ""}`}>
      {isHead && <Avatar id={message.senderUserId} name={message.senderName ?? ""} />}
      {isHead && (
        <p class="who">
          <b>{message.senderName}</b>
          <time class="small quiet" dateTime={message.dateCreated} title={fullTime(message.dateCreated)}>{clock(message.dateCreated)}</time>
        </p>
      )}
      <p class="text">{message.isDeleted ? t("messages.deleted") : message.text}</p>
    </div>
  )
}

function Composer({ chatId }: { chatId: string }) {
  const text = useSignal("")
  function submit() {
    if (text.value.trim() === "") return
    send({ chatId, text: text.value })
    text.value = ""
  }
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), submit())}>
      <textarea
        aria-label={t("messages.write")}
        placeholder={t("messages.write")}
        rows={1}
        value={text}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
          event.preventDefault()
          submit()
        }}
      />
      <button class="icon-button" aria-label={t("messages.send")}>
        <Icon name="send" />
      </button>
    </form>
  )
}
