// The members of a chat, page by page: there may be ten thousand.
import { useSignal } from "@preact/signals"
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks"
import type { Member } from "../api/dtos"
import { Avatar } from "../components/Avatar"
import { attempt } from "../components/failures"
import { Icon } from "../components/Icon"
import { Failed, Skeleton } from "../components/Loading"
import { type Action, Menu } from "../components/Menu"
import { usePages } from "../components/pages"
import { useRoving } from "../components/roving"
import { useRows } from "../components/rows"
import { toast } from "../components/Toast"
import { addMembers, findMembers, removeMember, setRole } from "../state/chats"
import type { Chat } from "../state/model"
import { loadMembers } from "../state/pane"
import { me } from "../state/store"
import { t } from "../text"
import { writeTo } from "./going"
import { shortened } from "./names"
import { open } from "./opened"

// A toast says what was done, too.
const LONGEST_NAME = 40

export function Members({ chat }: { chat: Chat }) {
  const { chatId, isArchived, isDirect, memberCount } = chat.summary
  const query = useSignal("")
  const list = useRef<HTMLUListElement>(null)
  useRoving(list)
  const words = query.value.trim()
  const { items, isLoading, failure, again, hasAll, more } = useMembers(chat, words)
  const { first, end, before, after } = useRows(list, items.length)
  const isNearEnd = end === items.length
  useEffect(() => {
    if (isNearEnd) more()
  })
  useLayoutEffect(() => list.current?.scrollTo(0, 0), [words])
  return (
    <>
      <div class="panel-tools">
        <input
          type="search"
          class="input"
          aria-label={t("people.filter")}
          placeholder={t("people.filter")}
          value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
        />
        {!isArchived && !isDirect && (
          <button type="button" class="button" onClick={() => open({ name: "addPeople", chatId })}>
            <Icon name="plus" /> {t("chats.add")}
          </button>
        )}
        <p class="small quiet" role="status">
          {t("chats.memberCount", { count: memberCount })}
        </p>
      </div>
      <ul class="panel-list" ref={list} aria-busy={isLoading && isNearEnd}>
        {items.slice(first, end).map((member, index) => (
          <li
            key={member.chatMemberId}
            aria-setsize={hasAll ? items.length : words ? -1 : memberCount}
            aria-posinset={first + index + 1}
            style={{ marginBlock: `${index === 0 ? before : 0}px ${first + index + 1 === end ? after : 0}px` }}
          >
            <Row member={member} chat={chat} again={again} />
          </li>
        ))}
      </ul>
      {items.length === 0 && isLoading && <Skeleton />}
      {failure !== null && <Failed failure={failure} onRetry={again} />}
      {items.length === 0 && !isLoading && failure === null && <p class="empty">{t("people.noneFound")}</p>}
    </>
  )
}

/**
 * The members that fit some words. Without words they are those of the state, which events keep up, so the list stays in
 * its place when somebody comes or goes.
 */
function useMembers(chat: Chat, words: string) {
  const { chatId, memberCount } = chat.summary
  const { members, hasAllMembers } = chat
  const [failure, setFailure] = useState<unknown>(null)
  // What was found is found again whenever somebody comes or goes.
  const found = usePages(words && `${words} ${memberCount}`, (cursor, stop) =>
    words ? findMembers(chatId, words, cursor, stop) : NOBODY,
  )
  const all = useMemo(() => [...(members?.values() ?? [])], [members])
  if (words) {
    const items = (found.items ?? []).map((known) => members?.get(known.userId) ?? known)
    return { ...found, items, hasAll: !found.hasMore }
  }
  const more = () => {
    if (!hasAllMembers && failure === null) loadMembers(chatId).catch(setFailure)
  }
  return {
    items: all,
    isLoading: !hasAllMembers && failure === null,
    failure,
    again: () => setFailure(null),
    hasAll: hasAllMembers,
    more,
  }
}

const NOBODY = Promise.resolve({ items: [] })

interface RowProps {
  member: Member
  chat: Chat
  again: () => void
}

function Row({ member, chat, again }: RowProps) {
  const name = member.name ?? ""
  const actions = actionsFor(member, chat, again)
  const notes = [
    member.role === "member" ? "" : t(`people.${member.role as "owner" | "moderator"}`),
    member.hasJoined ? "" : t("people.notJoined"),
  ]
  return (
    <div class="entry person">
      <Avatar id={member.userId} name={name} hasJoined={member.hasJoined} />
      <a class="name one-line" dir="auto" href={`/contacts/${member.contactId}`} data-view data-item tabIndex={-1}>
        {name}
      </a>
      <span class="line one-line">{notes.filter(Boolean).join(" · ") || t("people.member")}</span>
      {actions.length > 0 && <Menu label={t("people.actionsFor", { name })} actions={actions} />}
    </div>
  )
}

function actionsFor(member: Member, chat: Chat, again: () => void): Action[] {
  const { isDirect, role, isArchived } = chat.summary
  const isMe = member.userId === me.value?.userId
  const isOwner = role === "owner" || (me.value?.roles.includes("Administrator") ?? false)
  const mayRemove = !isDirect && !isMe && (isOwner || (role === "moderator" && member.role === "member"))
  const actions: Action[] = []
  if (!isMe)
    actions.push({
      words: t("people.write"),
      run: () => void writeTo(member.userId),
    })
  if (isOwner && !isDirect && member.hasJoined) {
    // The last owner of an archived chat names another one to leave it.
    for (const wanted of isArchived ? (["owner"] as const) : (["owner", "moderator", "member"] as const)) {
      if (wanted === member.role) continue
      actions.push({
        words: t(`people.make_${wanted}`),
        run: () => void attempt(async () => (await setRole(member.chatMemberId, wanted), again())),
      })
    }
  }
  if (mayRemove) actions.push({ words: t("people.remove"), isDangerous: true, run: () => remove(member, again) })
  if (isMe)
    actions.push({
      words: t("chats.leave"),
      isDangerous: true,
      run: () => open({ name: "leave", chatId: member.chatId }),
    })
  return actions
}

function remove(member: Member, again: () => void): void {
  void attempt(async () => {
    await removeMember(member.chatMemberId)
    again()
    const undo = () => void attempt(async () => (await addMembers(member.chatId, [member.userId]), again()))
    toast(t("people.removed", { name: shortened(member.name ?? "", LONGEST_NAME) }), { undo })
  })
}
