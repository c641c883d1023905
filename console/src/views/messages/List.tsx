// The messages of one chat. The list never jumps: whatever changes, what is on screen stays where it is.
import { useSignal } from "@preact/signals"
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks"
import { Icon } from "../../components/Icon"
import { Skeleton } from "../../components/Loading"
import type { Chat } from "../../state/model"
import { deleting } from "../../state/actions"
import { waiting } from "../../state/outbox"
import { loadNewer, loadOlder, openChat, opened, showNewest } from "../../state/pane"
import { seen } from "../../state/reading"
import { choice } from "../../state/settings"
import { me } from "../../state/store"
import { t } from "../../text"
import { isAtEnd as isNearEnd, placeIn, restore, rowOf, rowsBetween } from "./anchor"
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

export function List({ pane, chat }: { pane: Pane; chat: Chat }) {
  const list = useRef<HTMLDivElement>(null)
  const rows = useRef<HTMLOListElement>(null)
  const isAtEnd = useRef(true)
  const atEnd = useSignal(true)
  const landedOn = useRef<string | null>(null)
  /** The highest number that was on screen, or was read before. */
  const seenNumber = useSignal(chat.summary.readNumber)
  const { chatId } = pane
  const { stretch, summary } = chat
  const place = opened.value?.chatId === chatId ? opened.value : null
  const isLoaded = stretch !== null && place !== null && !place.isLoading
  const mine = me.value
  const names = useNames(chat)

  // Before the document changes: where the reader is now.
  const before = list.current && landedOn.current !== null ? placeIn(list.current, isAtEnd.current) : null

  const waitingHere = waiting.value.filter((each) => each.chatId === chatId)
  const shown = stretch && mine ? rowsOf(stretch, waitingHere, mine, place?.firstUnread ?? null, isAtEnd.current) : []
  const members = chat.members?.values() ?? summary.members
  const marks = stretch && mine ? readMarks(stretch.messages, stretch.hasNewer, members, mine.userId) : null
  const isModerator = summary.role === "owner" || summary.role === "moderator" || mine?.roles.includes("Administrator") === true
  const lastOfMine = shown.findLast(({ message, waiting }) => !waiting && message.senderUserId === mine?.userId)
  const stop = pane.active.value && shown.some(({ message }) => message.chatMessageId === pane.active.value) ? pane.active.value : shown.at(-1)?.message.chatMessageId

  function look() {
    const element = list.current
    if (!element || landedOn.current === null || !stretch) return
    const room = element.clientHeight * AHEAD
    if (stretch.hasOlder && element.scrollTop < room) void loadOlder(chatId)
    if (stretch.hasNewer && element.scrollHeight - element.scrollTop - element.clientHeight < room) void loadNewer(chatId)
    const { top, bottom } = element.getBoundingClientRect()
    const last = rowsBetween(element, top, bottom + 1).findLast((row) => row.getBoundingClientRect().bottom <= bottom + 1)
    const message = last && stretch.messages.find(({ chatMessageId }) => chatMessageId === last.dataset.id)
    if (!message) return
    seenNumber.value = Math.max(seenNumber.peek(), message.number)
    seen(chatId, message)
  }

  function onScroll() {
    if (!list.current) return
    isAtEnd.current = isNearEnd(list.current) && stretch?.hasNewer === false
    atEnd.value = isAtEnd.current
    look()
  }

  function land() {
    const element = list.current
    if (!element || !isLoaded || !place) return
    const wanted = place.target ?? ""
    if (landedOn.current === wanted) return
    const isFirst = landedOn.current === null
    const target = place.target ? rowOf(element, place.target)?.closest<HTMLElement>("article") : null
    if (target) {
      center(element, target)
      flash(pane, place.target ?? "")
    } else if (isFirst) {
      const divider = choice("opensAt") === "unread" ? element.querySelector<HTMLElement>(".first-unread") : null
      if (divider) element.scrollTop += divider.getBoundingClientRect().top - element.getBoundingClientRect().top - element.clientHeight * DIVIDER_AT
      else element.scrollTop = element.scrollHeight
    }
    landedOn.current = wanted
    isAtEnd.current = isNearEnd(element) && stretch?.hasNewer === false
    atEnd.value = isAtEnd.current
  }

  useLayoutEffect(() => {
    if (list.current && before) restore(list.current, before)
    land()
    look()
  })

  // What changes the heights without a drawing of the list: a row of its own, the window, the composer.
  useLayoutEffect(() => {
    const element = list.current
    if (!element || !rows.current) return
    let last = placeIn(element, isAtEnd.current)
    const remember = () => (last = placeIn(element, isAtEnd.current))
    const observer = new ResizeObserver(() => {
      if (landedOn.current === null) return
      restore(element, isAtEnd.current ? { isAtEnd: true, rows: [] } : last)
      remember()
    })
    observer.observe(element)
    observer.observe(rows.current)
    element.addEventListener("scroll", remember, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener("scroll", remember)
    }
  }, [])

  useEffect(() => {
    pane.jump = (messageId) => {
      const row = list.current && rowOf(list.current, messageId)?.closest<HTMLElement>("article")
      if (list.current && row) {
        center(list.current, row)
        row.focus({ preventScroll: true })
        flash(pane, messageId)
      } else {
        landedOn.current ??= ""
        void openChat(chatId, { messageId })
      }
    }
    pane.toNewest = async () => {
      isAtEnd.current = true
      atEnd.value = true
      await showNewest(chatId)
      isAtEnd.current = true
      atEnd.value = true
      if (list.current) list.current.scrollTop = list.current.scrollHeight
    }
  }, [pane])

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
    [chat, waiting.value, names, stop, pane.pointed.value, pane.flashing.value, deleting.value, place, isAtEnd.current, mine],
  )
  return (
    <div class="messages-frame">
      <div class="messages" ref={list} onScroll={onScroll} aria-busy={!isLoaded}>
        {!stretch && <Skeleton />}
        <ol ref={rows} aria-label={t("messages.list")}>
          {content}
        </ol>
        {isLoaded && shown.length === 0 && <p class="empty">{t("messages.none")}</p>}
      </div>
      {isLoaded && !atEnd.value && (
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
