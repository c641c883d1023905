// Searching the messages: words and filters, and the hits with their chat, their time and what fits.
import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import type { FoundMessage, TextRange } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { Icon } from "../components/Icon"
import { Failed, Skeleton } from "../components/Loading"
import { useInSight, usePages } from "../components/pages"
import { useRoving } from "../components/roving"
import { Time } from "../components/Time"
import { go, hitAddress, view } from "../state/address"
import { searchMessages } from "../state/chats"
import { isQuestion } from "../state/query"
import { me, state } from "../state/store"
import { t } from "../text"
import { ListRegion } from "./ListRegion"
import { nameOf } from "./names"

const FILTERS = ["from:", "in:", "after:", "before:", "has:attachment "] as const

// As long as a person pauses between two words.
const PAUSE_MS = 250

export function Search({ query, at }: { query: string; at: string | undefined }) {
  const text = useSignal(query)
  const field = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const timer = useRef(0)
  /** What was searched for last from here. */
  const searched = useRef(query)
  useRoving(list)
  useEffect(() => {
    // The address itself: what was drawn may be older than what was typed, and no letter may be lost.
    const shown = view.peek()
    if (shown.name !== "search" || shown.query.trim() === searched.current.trim()) return
    text.value = searched.current = shown.query
    if (!at) field.current?.focus()
  }, [query])
  useEffect(() => {
    if (!at) field.current?.focus()
  }, [])
  // A hit that is opened, or another view, is not left again for what was typed just before.
  useEffect(() => () => clearTimeout(timer.current), [at])
  const words = query.trim()
  const pages = usePages(words, async (cursor, stop) => {
    if (!isQuestion(words)) return { items: [] }
    const { found, nextCursor } = await searchMessages(words, cursor, stop)
    return { items: found, next: nextCursor }
  })
  const end = useInSight(pages.more)

  function type(value: string, isNow = false) {
    text.value = value
    clearTimeout(timer.current)
    const show = () => {
      searched.current = value
      go(`/search?${new URLSearchParams({ query: value.trimStart() })}`, "replace")
    }
    if (isNow) show()
    else timer.current = window.setTimeout(show, PAUSE_MS)
  }
  function addFilter(filter: string) {
    type(`${text.value.trimEnd()} ${filter}`.trimStart())
    field.current?.focus()
  }
  return (
    <ListRegion label={t("common.search")}>
      <div class="list-head">
        <a class="icon-button back always" href="/chats" data-view aria-label={t("common.back")}>
          <Icon name="back" />
        </a>
        <h1>{t("common.search")}</h1>
      </div>
      <form class="search-form" role="search" onSubmit={(event) => (event.preventDefault(), type(text.value, true))}>
        <input
          ref={field}
          type="search"
          class="input"
          data-focus
          aria-label={t("search.words")}
          placeholder={t("search.words")}
          value={shownQuery(text.value)}
          onInput={(event) => type(keptQuery(event.currentTarget.value))}
        />
        <div class="filters" role="group" aria-label={t("search.filters")}>
          {FILTERS.map((filter) => (
            <button
              key={filter}
              type="button"
              onClick={() => addFilter(filter)}
              title={t(`search.hint_${nameOfFilter(filter)}`)}
            >
              {t(`search.filter_${nameOfFilter(filter)}`)}
            </button>
          ))}
        </div>
      </form>
      <ul class="list-body" ref={list} aria-busy={pages.isLoading}>
        {pages.items?.map((hit) => (
          <li key={hit.chatMessageId}>
            <Hit hit={hit} query={query} isChosen={hit.chatMessageId === at} />
          </li>
        ))}
        {pages.hasMore && <li ref={end} />}
      </ul>
      {pages.items === null && !pages.failure && <Skeleton />}
      {pages.failure !== null && <Failed failure={pages.failure} onRetry={pages.again} />}
      {pages.items?.length === 0 && !pages.isLoading && !pages.failure && (
        <p class="empty">{t(isQuestion(words) ? "search.nothing" : "search.explain")}</p>
      )}
    </ListRegion>
  )
}

function nameOfFilter(filter: (typeof FILTERS)[number]) {
  return filter.split(":")[0] as "from" | "in" | "after" | "before" | "has"
}

/** The id of a chat in a query is shown as the chat's name. */
function shownQuery(query: string): string {
  return query.replace(/\bin:([0-9a-f]{32})/g, (whole, chatId: string) => {
    const chat = state.value?.chats.get(chatId)
    return chat ? `in:"${nameOf(chat, me.value?.userId ?? "")}"` : whole
  })
}

/** The name of a chat that stands for its id becomes the id again, so that two chats with one name stay apart. */
function keptQuery(shown: string): string {
  return shown.replace(/\bin:"([^"]*)"/g, (whole, name: string) => {
    const named = [...(state.value?.chats.values() ?? [])].filter(
      (chat) => nameOf(chat, me.value?.userId ?? "") === name,
    )
    return named.length === 1 && named[0] ? `in:${named[0].summary.chatId}` : whole
  })
}

function Hit({ hit, query, isChosen }: { hit: FoundMessage; query: string; isChosen: boolean }) {
  const chat = state.value?.chats.get(hit.chatId)
  const place = chat ? nameOf(chat, me.value?.userId ?? "") : hit.chatName
  return (
    <a
      class="entry hit"
      href={hitAddress(query, hit.chatId, hit.chatMessageId)}
      data-view
      data-item
      aria-current={isChosen ? "page" : undefined}
    >
      <Avatar id={hit.senderUserId} name={hit.senderName ?? ""} />
      <span class="name one-line" dir="auto">
        {hit.senderName}
      </span>
      <Time date={hit.dateCreated} />
      <span class="line hit-text" dir="auto">
        <Marked text={hit.text ?? ""} ranges={hit.ranges} />
      </span>
      <span class="hit-place one-line small" dir="auto">
        {t("search.in", { name: place ?? "" })}
        {hit.hasAttachment && ` · ${t("search.hasFile")}`}
      </span>
    </a>
  )
}

// Enough to see what the message is about.
const BEFORE_HIT = 40
const MOST_SHOWN = 240

/** A part of a text around what fits, which is marked. */
function Marked({ text, ranges }: { text: string; ranges: readonly TextRange[] }) {
  const first = ranges[0]?.start ?? 0
  const start = first > BEFORE_HIT * 2 ? startOfWord(text, first - BEFORE_HIT) : 0
  const end = start + MOST_SHOWN
  const parts = []
  let place = start
  for (const range of ranges) {
    if (range.start < place || range.start >= end) continue
    parts.push(
      text.slice(place, range.start),
      <mark key={range.start}>{text.slice(range.start, range.start + range.length)}</mark>,
    )
    place = range.start + range.length
  }
  if (place < end) parts.push(text.slice(place, end))
  return (
    <>
      {start > 0 && "… "}
      {parts}
      {text.length > end && " …"}
    </>
  )
}

function startOfWord(text: string, from: number): number {
  const blank = text.indexOf(" ", from)
  return blank < 0 ? from : blank + 1
}
