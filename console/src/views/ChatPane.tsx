// One chat: its head, its messages, and the composer.
import { useEffect, useMemo } from "preact/hooks"
import { lazy } from "../components/lazy"
import { Failed, Skeleton } from "../components/Loading"
import { toast } from "../components/Toast"
import { complain } from "../components/failures"
import type { Chat } from "../state/model"
import { waiting } from "../state/outbox"
import { leaveChat, openChat, opened } from "../state/pane"
import { choice } from "../state/settings"
import { me, state } from "../state/store"
import { addFiles } from "../state/uploads"
import { t } from "../text"
import { ChatHead } from "./ChatHead"
import { Composer } from "./messages/Composer"
import type { Rights } from "./messages/doing"
import { useKeys } from "./messages/keys"
import { List } from "./messages/List"
import { newPane } from "./messages/pane"
import { Pins } from "./messages/Pins"
import { Typing } from "./messages/Typing"

const EmojiPicker = lazy(async () => (await import("./later")).EmojiPicker)
const History = lazy(async () => (await import("./later")).History)
const Viewer = lazy(async () => (await import("./later")).Viewer)

export function ChatPane({ chatId, messageId }: { chatId: string; messageId?: string }) {
  const chat = state.value?.chats.get(chatId)
  const hasChat = chat !== undefined
  useEffect(() => {
    const usual = choice("opensAt") === "newest" ? "newest" : undefined
    void openChat(chatId, messageId ? { messageId } : usual)
  }, [chatId, messageId])
  useEffect(() => () => leaveChat(chatId), [chatId])
  const { isLoading = true, failure = null } = opened.value?.chatId === chatId ? opened.value : {}
  const hasMessages = !!chat?.stretch
  // Others may add the person while they look at its address.
  useEffect(() => {
    if (hasChat && !hasMessages && !isLoading && failure === null) void openChat(chatId)
  }, [hasChat, isLoading])
  useEffect(() => {
    if (failure === null) return
    // A message that is not there any more: the chat opens without it.
    const isGone = failure.reason === "refused" && messageId !== undefined
    if (isGone) toast(t("messages.notThere"), { isProblem: true })
    else if (hasMessages) complain(failure)
    if (isGone) void openChat(chatId)
  }, [failure])

  if (!hasChat && (isLoading || !state.value?.hasAllChats)) return <Skeleton />
  if (!chat) return <Gone />
  if (failure && !chat.stretch) return <Failed failure={failure} onRetry={() => void openChat(chatId)} />
  return <Open chat={chat} />
}

function Gone() {
  return (
    <div class="empty" role="alert">
      <p>{t("chats.gone")}</p>
      <a class="button" href="/chats" data-view>
        {t("messages.toChats")}
      </a>
    </div>
  )
}

function Open({ chat }: { chat: Chat }) {
  const { summary, stretch } = chat
  const { chatId } = summary
  const pane = useMemo(() => newPane(chatId), [chatId])
  const mine = me.value
  const find = (id: string) => stretch?.messages.find(({ chatMessageId }) => chatMessageId === id)
  const rightsOf = ({ senderUserId }: { senderUserId: string }): Rights => ({
    isMine: senderUserId === mine?.userId,
    isModerator:
      summary.role === "owner" || summary.role === "moderator" || mine?.roles.includes("Administrator") === true,
    isReadOnly: summary.isArchived,
  })
  useKeys(pane, find, rightsOf)

  function onDrop(event: DragEvent) {
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    if (!summary.isArchived) addFiles(chatId, files)
  }
  /** The message that Up edits. None while a later one is still on its way. */
  function newestOfMine() {
    if (stretch?.hasNewer || waiting.value.some((each) => each.chatId === chatId && !find(each.chatMessageId)))
      return undefined
    return stretch?.messages.findLast((message) => message.senderUserId === mine?.userId && !message.isDeleted)
  }
  return (
    <>
      <ChatHead chat={chat} />
      <section
        class="chat"
        aria-label={t("messages.list")}
        onDragOver={(event) => event.preventDefault()}
        onDrop={onDrop}
      >
        <Pins pane={pane} pins={summary.pins} isReadOnly={summary.isArchived} />
        <List pane={pane} chat={chat} />
        <Typing chat={chat} />
        <Composer pane={pane} chat={chat} newestOfMine={newestOfMine} />
      </section>
      {pane.picking.value && <EmojiPicker pane={pane} picking={pane.picking.value} />}
      {pane.history.value && <History message={pane.history.value} onClose={() => (pane.history.value = null)} />}
      {pane.picture.value && <Viewer pane={pane} messages={stretch?.messages ?? []} shown={pane.picture.value} />}
    </>
  )
}
