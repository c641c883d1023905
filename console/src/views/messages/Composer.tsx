// Where a message is written, answered or edited.
import { useSignal } from "@preact/signals"
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import { complain } from "../../components/failures"
import { Icon } from "../../components/Icon"
import { Failure } from "../../api/client"
import type { Message } from "../../api/dtos"
import { type Edited, editMessage } from "../../state/actions"
import { view } from "../../state/address"
import { draftOf, setDraft } from "../../state/drafts"
import type { Chat } from "../../state/model"
import { send } from "../../state/outbox"
import { choice } from "../../state/settings"
import { me, state } from "../../state/store"
import { stoppedTyping, typingIn } from "../../state/typing"
import { addFiles, uploads } from "../../state/uploads"
import { t } from "../../text"
import { plain } from "../../text/markdown"
import { Completions, useCompletions } from "./Completions"
import { edit } from "./doing"
import { mentionsIn } from "./naming"
import type { Pane } from "./pane"
import { usePeople } from "./people"
import { Uploads } from "./Uploads"

// The server takes no more. Told from the last tenth on.
const LONGEST = 10_000
const TOLD_FROM = 9_000
const MOST_FILES = 10

export function Composer({
  pane,
  chat,
  newestOfMine,
}: {
  pane: Pane
  chat: Chat
  newestOfMine: () => Message | undefined
}) {
  const { chatId } = pane
  const field = useRef<HTMLTextAreaElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const text = useSignal(draftOf(chat)?.text ?? "")
  const people = usePeople(chat)
  const completions = useCompletions(field, text, people, (changed) => write(changed))
  const editing = pane.editing.value
  const answering = pane.answering.value
  /** The message that is edited or answered, as it is now. It may have been deleted meanwhile. */
  const about = chat.stretch?.messages.find(
    ({ chatMessageId }) => chatMessageId === (editing ?? answering)?.chatMessageId,
  )
  const here = uploads.value.filter((upload) => upload.chatId === chatId && !upload.isSent)
  const usable = here.filter(({ status }) => status !== "failed")
  const left = LONGEST - text.value.length
  const isEmpty =
    text.value.trim() === "" && (editing !== null ? editing.attachments.length === 0 : usable.length === 0)
  const isRefused = left < 0 || usable.length > MOST_FILES

  // What is written or sent on another device is followed, unless something else was begun here.
  const theirs = draftOf(chat)?.text ?? ""
  const followed = useRef(theirs)
  useEffect(() => {
    if (!pane.editing.peek() && text.peek() === followed.current) text.value = theirs
    followed.current = theirs
  }, [theirs])

  /** What was begun before a message was edited. */
  const begun = useRef("")
  /** The new text of a message, if it could not be saved. */
  const unsaved = useRef<string | null>(null)

  useEffect(() => {
    const replyTo = draftOf(chat)?.replyToMessageId
    const answered = replyTo && chat.stretch?.messages.find(({ chatMessageId }) => chatMessageId === replyTo)
    if (answered) pane.answering.value = answered
  }, [chat.stretch === null])

  useEffect(() => {
    pane.write = () => field.current?.focus()
    pane.takeText = (taken) => {
      write(below(text.peek(), taken))
      field.current?.focus()
    }
    if (matchMedia("(pointer: fine)").matches && isFree(document.activeElement)) field.current?.focus()
    return () => stoppedTyping(chatId)
  }, [pane])

  useLayoutEffect(() => {
    if (editing) {
      begun.current = text.peek()
      text.value = unsaved.current ?? editing.text ?? ""
      unsaved.current = null
      field.current?.focus()
    }
    return () => {
      if (editing) text.value = begun.current
    }
  }, [editing])

  useLayoutEffect(() => {
    const { current } = field
    if (!current || CSS.supports("field-sizing", "content")) return
    current.style.height = "auto"
    current.style.height = `${current.scrollHeight + 2}px`
  }, [text.value])

  function write(changed: string) {
    text.value = changed
    if (pane.editing.peek()) return
    setDraft(chatId, changed, pane.answering.peek()?.chatMessageId)
    if (changed) typingIn(chatId)
    else stoppedTyping(chatId)
  }

  function submit() {
    if (isEmpty || isRefused) return
    const written = text.value.replace(/^\n+|\s+$/g, "")
    const named = mentionsIn(written, people.known)
    // Of a large chat not all members are known. Whom the message named before stays named.
    const unknown =
      people.meet && editing
        ? editing.mentionedUserIds.filter((id) => !people.known.some(({ userId }) => userId === id))
        : []
    const mentions = {
      mentionedUserIds: [...named.filter((userId) => userId !== ""), ...unknown],
      mentionsEverybody: named.includes(""),
    }
    if (editing) {
      pane.editing.value = null
      if (written !== editing.text) void save(editing, { text: written, ...mentions })
      return
    }
    send({
      chatId,
      text: written,
      ...mentions,
      uploadIds: usable.map(({ uploadId }) => uploadId),
      // The server takes no answer to a message that is gone.
      ...(answering && !about?.isDeleted ? { replyToMessageId: answering.chatMessageId } : {}),
    })
    text.value = ""
    pane.answering.value = null
    stoppedTyping(chatId)
    pane.toNewest()
    field.current?.focus()
  }

  /** A text that was not saved is in the field again. Without its message it is a draft. */
  async function save(message: Message, edited: Edited) {
    const userId = me.peek()?.userId
    try {
      await editMessage(message.chatMessageId, edited)
    } catch (error) {
      // Somebody else may have signed in meanwhile, and must not see it.
      if (me.peek()?.userId !== userId) return
      complain(error)
      if (!field.current || pane.editing.peek()) {
        // Another chat is shown by now, or another message is edited.
        const draft = draftOf(state.peek()?.chats.get(chatId) ?? chat)
        begun.current = below(draft?.text, edited.text)
        setDraft(chatId, begun.current, draft?.replyToMessageId)
      } else if (error instanceof Failure && error.reason === "missing") pane.takeText(edited.text)
      else {
        unsaved.current = edited.text
        edit(pane, message)
      }
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    // While an input method composes, Enter and the arrows are its own. 229 is what Safari says of the last of them.
    if (event.isComposing || event.keyCode === 229) return
    if (completions.onKey(event)) return
    if (event.key === "Enter" && !event.altKey) {
      const sends = event.ctrlKey || event.metaKey || event.shiftKey === (choice("enter") === "break")
      if (!sends) return
      event.preventDefault()
      submit()
    } else if (event.key === "ArrowUp" && !event.altKey && text.value === "" && !editing) {
      const mine = newestOfMine()
      if (!mine) return
      event.preventDefault()
      edit(pane, mine)
    } else if (event.key === "Escape" && (editing || answering)) {
      event.preventDefault()
      pane.editing.value = null
      pane.answering.value = null
    }
  }

  if (chat.summary.isArchived) return <p class="read-only">{t("messages.readOnly")}</p>
  return (
    <form
      class="composer"
      data-region
      aria-label={t("messages.write")}
      onSubmit={(event) => (event.preventDefault(), submit())}
    >
      {(editing ?? answering) && (
        <About pane={pane} message={about ?? ((editing ?? answering) as Message)} isEdit={editing !== null} />
      )}
      {!editing && <Uploads uploads={here} most={MOST_FILES} />}
      <Completions {...completions} />
      <div class="composer-line">
        {!editing && (
          <>
            <button
              type="button"
              class="icon-button"
              aria-label={t("messages.attach")}
              title={t("messages.attach")}
              onClick={() => files.current?.click()}
            >
              <Icon name="attach" />
            </button>
            <input
              ref={files}
              type="file"
              multiple
              hidden
              onChange={({ currentTarget }) => {
                addFiles(chatId, [...(currentTarget.files ?? [])])
                currentTarget.value = ""
                field.current?.focus()
              }}
            />
          </>
        )}
        <textarea
          ref={field}
          data-focus
          dir="auto"
          rows={1}
          aria-label={t("messages.write")}
          placeholder={t("messages.write")}
          aria-autocomplete="list"
          {...completions.attributes}
          value={text}
          onInput={(event) => {
            write(event.currentTarget.value)
            completions.look()
          }}
          onClick={completions.look}
          onBlur={completions.close}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = filesIn(event.clipboardData)
            if (pasted.length === 0 || editing) return
            event.preventDefault()
            addFiles(chatId, pasted)
          }}
        />
        <button
          type="button"
          class="icon-button"
          aria-label={t("messages.emoji")}
          title={t("messages.emoji")}
          onClick={({ currentTarget }) => {
            pane.picking.value = {
              at: currentTarget.getBoundingClientRect(),
              choose: (emoji) => completions.insert(emoji),
            }
          }}
        >
          <Icon name="smile" />
        </button>
        <button
          type="submit"
          class="icon-button send"
          aria-label={t(editing ? "messages.saveEdit" : "messages.send")}
          title={t(editing ? "messages.saveEdit" : "messages.send")}
          disabled={isEmpty || isRefused}
        >
          <Icon name={editing ? "check" : "send"} />
        </button>
      </div>
      {text.value.length > TOLD_FROM && (
        <p class={`small ${left < 0 ? "wrong" : "quiet"}`} role="status">
          {left < 0 ? t("messages.tooLong", { count: -left }) : t("messages.lettersLeft", { count: left })}
        </p>
      )}
    </form>
  )
}

/** A text that was given back, below what was begun meanwhile. */
function below(begun: string | undefined, text: string): string {
  return [begun, text].filter(Boolean).join("\n")
}

/** The files that are pasted. Spreadsheets and the like give a picture of their text with it: then the text is meant. */
function filesIn(pasted: DataTransfer | null): File[] {
  const isText = ["text/plain", "text/html"].every((type) => pasted?.types.includes(type))
  return isText ? [] : [...(pasted?.files ?? [])]
}

/** Whether a chat that opens is for writing: not one among the hits of a search, and not under a dialog. */
function isFree(active: Element | null): boolean {
  return active === document.body || (view.value.name === "chats" && !active?.closest("dialog, .panel"))
}

/** The message that is answered or edited, in one line above the field. */
function About({ pane, message, isEdit }: { pane: Pane; message: Message; isEdit: boolean }) {
  function end() {
    pane.editing.value = null
    pane.answering.value = null
    pane.write()
  }
  const isOwn = message.senderUserId === me.value?.userId
  const name = isOwn ? t("messages.yourself") : (message.senderName ?? "")
  return (
    <div class="about">
      <p class="said">
        <b>{isEdit ? t("messages.editing") : t("messages.answering", { name })}</b>{" "}
        <span dir="auto">
          {message.isDeleted ? t("messages.deleted") : plain(message.text ?? "") || t("messages.file")}
        </span>
      </p>
      <button
        type="button"
        class="icon-button"
        aria-label={t("common.cancel")}
        title={t("common.cancel")}
        onClick={end}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
