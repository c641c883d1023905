// One message of the list, with what stands above it: the line of a new day, and the divider at the first unread one.
import { useRef } from "preact/hooks"
import { Avatar } from "../../components/Avatar"
import { explain } from "../../components/failures"
import { Icon } from "../../components/Icon"
import { Menu } from "../../components/Menu"
import { Why } from "../../components/Why"
import type { Reply } from "../../api/dtos"
import { undoDelete } from "../../state/actions"
import { discard, retry, takeBack, type Waiting } from "../../state/outbox"
import { t } from "../../text"
import { plain } from "../../text/markdown"
import { clock, day, fullTime } from "../../text/times"
import { Attachments } from "./Attachments"
import { Body } from "./Body"
import { actionsFor, addressOf, answer, edit, pick, type Rights } from "./doing"
import type { Names } from "./naming"
import type { Pane } from "./pane"
import { Reactions } from "./Reactions"
import type { RowOf } from "./rows"
import { sentenceOf } from "./sentence"

interface Props extends RowOf, Rights {
  pane: Pane
  names: Names
  /** The ids of those who have read up to here, with blanks between them. A string, so that equal ones are equal. */
  marks: string
  isActive: boolean
  hasTools: boolean
  isFlashing: boolean
  isBeingDeleted: boolean
  /** Whether the tick of the newest message of one's own is here. */
  hasTick: boolean
}

// The row is drawn again only if one of these changes, since it reads signals (the language, at least).
export function Row(props: Props) {
  const { pane, message, waiting, names, isFirstOfDay, isFirstUnread, isHead, isMine, isActive, isBeingDeleted } = props
  const article = useRef<HTMLElement>(null)
  const id = message.chatMessageId
  const isGone = message.isDeleted || isBeingDeleted
  const classes = [
    "message",
    isHead && "head",
    isMine && "mine",
    props.isFlashing && "flash",
    isGone && "gone",
    waiting && "waiting",
  ]
  return (
    <li class="row">
      {isFirstOfDay && (
        <p class="day">
          <time dateTime={message.dateCreated}>{day(message.dateCreated)}</time>
        </p>
      )}
      {isFirstUnread && <p class="first-unread">{t("messages.new")}</p>}
      <article
        ref={article}
        class={classes.filter(Boolean).join(" ")}
        data-row={id}
        tabIndex={isActive ? 0 : -1}
        aria-label={sentenceOf(message, waiting, names.get(message.deletedByUserId ?? "") ?? "")}
        onFocus={() => (pane.active.value = id)}
      >
        {isHead ? (
          <Head {...props} />
        ) : (
          <time class="aside-time" dateTime={message.dateCreated} title={fullTime(message.dateCreated)}>
            {clock(message.dateCreated)}
          </time>
        )}
        {message.replyTo && !isGone && (
          <Quote pane={pane} reply={message.replyTo} chatId={message.chatId} isActive={isActive} />
        )}
        <div class="body" data-id={id}>
          {isGone ? <Gone {...props} /> : <Content {...props} />}
          {waiting?.status === "failed" && <NotSent waiting={waiting} pane={pane} />}
        </div>
        <Marks {...props} />
        {props.hasTools && !isGone && !waiting && <Tools {...props} row={() => article.current as Element} />}
      </article>
    </li>
  )
}

function Head({ message }: Props) {
  return (
    <>
      <Avatar id={message.senderUserId} name={message.senderName ?? ""} />
      <p class="who">
        <b class="one-line" dir="auto">
          {message.senderName}
        </b>
        <time dateTime={message.dateCreated} title={fullTime(message.dateCreated)}>
          {clock(message.dateCreated)}
        </time>
      </p>
    </>
  )
}

function Content({ pane, message, names, isActive, isReadOnly, waiting }: Props) {
  return (
    <>
      {(message.text ?? "") !== "" && (
        <Body
          text={message.text ?? ""}
          mentionedUserIds={message.mentionedUserIds}
          mentionsEverybody={message.mentionsEverybody}
          names={names}
          isActive={isActive}
        />
      )}
      <Attachments
        pane={pane}
        attachments={message.attachments}
        isActive={isActive}
        {...(waiting ? { uploadIds: waiting.uploadIds } : {})}
      />
      {(message.dateEdited || message.isPinned) && (
        <p class="notes">
          {message.isPinned && <span>{t("messages.pinned")}</span>}
          {message.dateEdited && (
            <button
              type="button"
              tabIndex={isActive ? 0 : -1}
              title={fullTime(message.dateEdited)}
              onClick={() => (pane.history.value = message)}
            >
              {t("messages.edited")}
            </button>
          )}
        </p>
      )}
      <Reactions pane={pane} message={message} names={names} isActive={isActive} isReadOnly={isReadOnly} />
    </>
  )
}

function Gone({ message, names, isBeingDeleted }: Props) {
  if (!message.isDeleted && isBeingDeleted) {
    return (
      <p class="text quiet">
        {t("messages.deleted")}
        <button type="button" class="link" onClick={() => undoDelete(message.chatMessageId)}>
          {t("messages.undo")}
        </button>
      </p>
    )
  }
  const by = names.get(message.deletedByUserId ?? "")
  return <p class="text quiet">{by ? t("messages.deletedBy", { name: by }) : t("messages.deleted")}</p>
}

function Quote({ pane, reply, chatId, isActive }: { pane: Pane; reply: Reply; chatId: string; isActive: boolean }) {
  const { chatMessageId, senderName, text, isDeleted } = reply
  return (
    <a
      class="quote said"
      href={addressOf({ chatId, chatMessageId })}
      tabIndex={isActive ? 0 : -1}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        pane.jump(chatMessageId)
      }}
    >
      <b dir="auto">{senderName}</b>{" "}
      <span dir="auto">{isDeleted ? t("messages.deleted") : plain(text ?? "") || t("messages.file")}</span>
    </a>
  )
}

function NotSent({ waiting, pane }: { waiting: Waiting; pane: Pane }) {
  return (
    <p class="not-sent" role="alert">
      <span>{t("messages.notSent")}</span> <span>{waiting.failure && <Why {...explain(waiting.failure)} />}</span>
      <button type="button" class="link" onClick={() => retry(waiting.chatMessageId)}>
        {t("common.retry")}
      </button>
      <button
        type="button"
        class="link"
        onClick={() => {
          void takeBack(waiting.chatMessageId)
          pane.takeText(waiting.text)
        }}
      >
        {t("messages.edit")}
      </button>
      <button type="button" class="link" onClick={() => discard(waiting.chatMessageId)}>
        {t("messages.discard")}
      </button>
    </p>
  )
}

const MOST_MARKS = 5

/** At the end of the row: that it waits, that it was sent, or who has read up to here. */
function Marks({ marks, names, waiting, hasTick }: Props) {
  if (waiting) {
    if (waiting.status === "failed")
      return (
        <span class="marks wrong">
          <Icon name="warning" />
        </span>
      )
    return (
      <span class="marks" title={t("messages.waiting")}>
        <Icon name="clock" />
      </span>
    )
  }
  const readers = marks === "" ? [] : marks.split(" ")
  if (readers.length === 0)
    return hasTick ? (
      <span class="marks" title={t("messages.sent")}>
        <Icon name="check" />
      </span>
    ) : null
  const all = readers.map((userId) => names.get(userId) ?? "")
  const shown = readers.length > MOST_MARKS ? readers.slice(0, MOST_MARKS - 1) : readers
  return (
    <span
      class="marks"
      role="img"
      aria-label={t("messages.readBy", { names: all.join(", ") })}
      title={t("messages.readBy", { names: all.join(", ") })}
    >
      {shown.map((userId) => (
        <Avatar key={userId} id={userId} name={names.get(userId) ?? ""} isSmall />
      ))}
      {readers.length > shown.length && (
        <span class="more" aria-hidden="true">
          +{readers.length - shown.length}
        </span>
      )}
    </span>
  )
}

function Tools({ pane, message, isMine, isModerator, isReadOnly, row }: Props & { row: () => Element }) {
  return (
    <div class="tools" role="group" aria-label={t("messages.actions")}>
      {!isReadOnly && (
        <>
          <button
            type="button"
            class="icon-button"
            aria-label={t("messages.react")}
            title={t("messages.react")}
            onClick={(event) => pick(pane, message, event.currentTarget)}
          >
            <Icon name="smile" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={t("messages.answer")}
            title={t("messages.answer")}
            onClick={() => answer(pane, message)}
          >
            <Icon name="answer" />
          </button>
          {isMine && (
            <button
              type="button"
              class="icon-button"
              aria-label={t("messages.edit")}
              title={t("messages.edit")}
              onClick={() => edit(pane, message)}
            >
              <Icon name="edit" />
            </button>
          )}
        </>
      )}
      <Menu label={t("messages.more")} actions={actionsFor(message, pane, { isMine, isModerator, isReadOnly }, row)} />
    </div>
  )
}
