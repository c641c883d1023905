// The messages of one chat. The list never jumps: whatever changes, what is on screen stays where it is.
import { useSignal } from "@preact/signals"
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks"
import { attempt } from "../../components/failures"
import { Icon } from "../../components/Icon"
import { Skeleton } from "../../components/Loading"
import { Failure } from "../../api/client"
import type { Chat } from "../../state/model"
import { deleting } from "../../state/actions"
import { waiting } from "../../state/outbox"
import { divideAt, loadNewer, loadOlder, openChat, opened, showNewest } from "../../state/pane"
import { seen } from "../../state/reading"
import { choice } from "../../state/settings"
import { me } from "../../state/store"
import { t } from "../../text"
import { Anchor, rowOf, rowsBetween } from "./anchor"
import { useNames } from "./naming"
import type { Pane } from "./pane"
import { Row } from "./Row"
import { readMarks, rowsOf } from "./rows"
import { usePointing } from "./pointing"

// More rows are read when less than this many heights of the view are left.
const AHEAD = 1.5

// Where the divider stands after a chat was opened, as a part of the view's height.
const DIVIDER_AT = 0.2

const FLASH_MS = 1_500
const REST_MS = 3_000

export function List({ pane, chat }: { pane: Pane; chat: Chat }) {
  const list = useRef<HTMLDivElement>(null)
  const rows = useRef<HTMLOListElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const anchor = useRef<Anchor | null>(null)
  const isAtEnd = useSignal(true)
  /** The message that was jumped to last. Empty for none, null until the chat is shown. */
  const landedOn = useRef<string | null>(null)
  /** Whether it gets the focus too, since somebody followed a quote to it. */
  const takesFocus = useRef(false)
  /** The highest number that was on screen, or was read before. */
  const seenNumber = useSignal(chat.summary.readNumber)
  const lastRow = useRef<string | undefined>(undefined)
  /** Set while it rests after a failure. */
  const resting = useRef(0)
  const { chatId } = pane
  const { stretch, summary } = chat
  const hasNewer = stretch?.hasNewer === true
  const opening = opened.value?.chatId === chatId ? opened.value : null
  const isLoaded = stretch !== null && opening !== null && !opening.isLoading
  const mine = me.value
  const names = useNames(chat)

  // Before the document changes: where the reader is now.
  const before = landedOn.current === null ? null : anchor.current?.place()

  const waitingHere = waiting.value.filter((each) => each.chatId === chatId)
  const shown = stretch && mine ? rowsOf(stretch, waitingHere, mine, opening?.firstUnread ?? null, isAtEnd.value) : []
  const members = chat.members?.values() ?? summary.members
  const marks = stretch && mine ? readMarks(stretch.messages, hasNewer, members, mine.userId) : null
  const isModerator =
    summary.role === "owner" || summary.role === "moderator" || mine?.roles.includes("Administrator") === true
  const lastOfMine = shown.findLast(({ message, waiting }) => !waiting && message.senderUserId === mine?.userId)
  const lastId = shown.at(-1)?.message.chatMessageId
  const stop = shown.some(({ message }) => message.chatMessageId === pane.active.value) ? pane.active.value : lastId

  /**
   * Reads more rows. After a failure, which the head of the page tells, it rests: each scroll would try again. Then it
   * looks by itself, since nobody can scroll on at the end of the rows.
   */
  function read(more: (chatId: string) => Promise<void>) {
    if (resting.current) return
    more(chatId).catch((error) => {
      if (!(error instanceof Failure)) throw error
      clearTimeout(resting.current)
      resting.current = window.setTimeout(() => {
        resting.current = 0
        lookAgain.current()
      }, REST_MS)
    })
  }

  /** After each change of what is on screen: notes what was seen, and reads more rows if few are left. */
  function look() {
    const element = list.current
    if (!element || !anchor.current || landedOn.current === null || !stretch || !isLoaded) return
    isAtEnd.value = anchor.current.isAtEnd
    const room = element.clientHeight * AHEAD
    if (stretch.hasOlder && element.scrollTop < room) read(loadOlder)
    if (hasNewer && element.scrollHeight - element.scrollTop - element.clientHeight < room) read(loadNewer)
    const { top, bottom } = element.getBoundingClientRect()
    const last = rowsBetween(element, top, bottom + 1).findLast(
      (row) => row.getBoundingClientRect().bottom <= bottom + 1,
    )
    const message = last && stretch.messages.find(({ chatMessageId }) => chatMessageId === last.dataset.id)
    if (!message) return
    seenNumber.value = Math.max(seenNumber.peek(), message.number)
    seen(chatId, message)
  }

  /** Once its messages are there: shows the one that was asked for, the divider, or the end. */
  function land() {
    const element = list.current
    if (!element || !isLoaded || !opening) return
    const wanted = opening.target ?? ""
    if (landedOn.current === wanted) return
    const target = opening.target ? rowOf(element, opening.target)?.closest<HTMLElement>("article") : null
    const divider = choice("opensAt") === "unread" ? element.querySelector<HTMLElement>(".first-unread") : null
    if (target) {
      center(element, target)
      flash(pane, wanted)
      if (takesFocus.current) target.focus({ preventScroll: true })
      takesFocus.current = false
    } else if (landedOn.current === null) {
      if (divider)
        element.scrollTop +=
          divider.getBoundingClientRect().top - element.getBoundingClientRect().top - element.clientHeight * DIVIDER_AT
      else element.scrollTop = element.scrollHeight
    }
    landedOn.current = wanted
    anchor.current?.scrolled()
    anchor.current?.place()
  }

  const lookAgain = useRef(look)
  lookAgain.current = look
  useEffect(() => () => clearTimeout(resting.current), [])

  useLayoutEffect(() => {
    if (anchor.current) anchor.current.hasNewer = hasNewer
    // The end of the rows may have become another place than the end of the chat.
    if (before)
      anchor.current?.restore(
        hasNewer ? { ...before, toEnd: Number.POSITIVE_INFINITY } : before,
        lastRow.current !== lastId,
      )
    lastRow.current = lastId
    land()
    look()
  })

  // What changes the heights without a drawing of the list: a row of its own, the window, the composer.
  useLayoutEffect(() => {
    if (!list.current || !rows.current) return
    const held = new Anchor(list.current)
    anchor.current = held
    const observer = new ResizeObserver(() => landedOn.current !== null && held.resized())
    observer.observe(list.current)
    observer.observe(rows.current)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    pane.jump = (messageId) => {
      const row = list.current && rowOf(list.current, messageId)?.closest<HTMLElement>("article")
      if (list.current && row) {
        center(list.current, row)
        row.focus({ preventScroll: true })
        flash(pane, messageId)
        return
      }
      landedOn.current = ""
      takesFocus.current = true
      void openChat(chatId, { messageId })
    }
    pane.toNewest = () =>
      void attempt(async () => {
        const hasFocus = frame.current?.contains(document.activeElement)
        await showNewest(chatId)
        // The rows are drawn after this.
        requestAnimationFrame(() => {
          if (!list.current || !anchor.current) return
          list.current.scrollTop = list.current.scrollHeight
          anchor.current.scrolled()
          isAtEnd.value = true
          if (hasFocus)
            [...list.current.querySelectorAll<HTMLElement>("[data-row]")].at(-1)?.focus({ preventScroll: true })
        })
      })
  }, [pane])

  // What comes while nobody looks gets a divider too, unless there is one already.
  useEffect(() => {
    const isLookedAt = document.visibilityState === "visible" && document.hasFocus()
    if (!isLookedAt && opening?.firstUnread === null && summary.unreadCount > 0)
      divideAt(chatId, summary.readNumber + 1)
  }, [summary.lastNumber])

  usePointing(pane, list)

  const came = Math.max(0, summary.lastNumber - seenNumber.value)
  const content = useMemo(
    () =>
      shown.map((row) => {
        const id = row.message.chatMessageId
        return (
          <Row
            key={id}
            {...row}
            pane={pane}
            names={names}
            marks={marks?.get(id)?.join(" ") ?? ""}
            isMine={row.message.senderUserId === mine?.userId}
            isModerator={isModerator}
            isReadOnly={summary.isArchived}
            isActive={id === stop}
            hasTools={id === pane.pointed.value}
            isFlashing={id === pane.flashing.value}
            isBeingDeleted={deleting.value.has(id)}
            hasTick={row === lastOfMine}
          />
        )
      }),
    [
      chat,
      waiting.value,
      names,
      stop,
      pane.pointed.value,
      pane.flashing.value,
      deleting.value,
      opening,
      isAtEnd.value,
      mine,
    ],
  )
  return (
    <div class="messages-frame" ref={frame} data-region>
      <div class="messages" ref={list} onScroll={() => (anchor.current?.place(), look())} aria-busy={!isLoaded}>
        {!stretch && <Skeleton />}
        <ol ref={rows} aria-label={t("messages.list")}>
          {content}
        </ol>
        {isLoaded && shown.length === 0 && <p class="empty">{t("messages.none")}</p>}
      </div>
      {isLoaded && !isAtEnd.value && (
        <button type="button" class="to-newest" onClick={() => pane.toNewest()}>
          <Icon name="down" />
          {came > 0 ? t("messages.came", { count: came }) : <span class="unseen">{t("messages.newest")}</span>}
        </button>
      )}
    </div>
  )
}

function center(list: HTMLElement, row: HTMLElement): void {
  const space = Math.max(0, list.clientHeight - row.offsetHeight) / 2
  list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top - space
}

function flash(pane: Pane, messageId: string): void {
  pane.active.value = messageId
  pane.flashing.value = messageId
  setTimeout(() => {
    if (pane.flashing.peek() === messageId) pane.flashing.value = null
  }, FLASH_MS)
}
