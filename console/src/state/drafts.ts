// What a person has begun to write. It is kept in this browser at once, and on the server after a second of rest.
import { signal } from "@preact/signals"
import { type Draft, SaveDraft } from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection } from "./connection"
import type { Chat, ChatId, State, UserId } from "./model"
import { removeStoredAt, storedAt, store } from "./storage"
import { state } from "./store"

const REST_MS = 1_000
const SETTLED_MS = 2_000

/** Drafts that are newer than the server's, as far as its events tell. An empty text means that there is none any more. */
export const drafts = signal<ReadonlyMap<ChatId, Draft>>(new Map())

const timers = new Map<ChatId, ReturnType<typeof setTimeout>>()

/** The draft of a chat: what was written here, else what the server has. */
export function draftOf(chat: Chat): Draft | null {
  const draft = drafts.value.get(chat.summary.chatId) ?? chat.summary.draft
  return draft?.text ? draft : null
}

/** Keeps what was written so far. */
export function setDraft(chatId: ChatId, text: string, replyToMessageId?: string): void {
  put(chatId, { text, ...(replyToMessageId ? { replyToMessageId } : {}) })
  saveLater(chatId)
}

/** The draft was sent, or thrown away. */
export function clearDraft(chatId: ChatId): void {
  clearTimeout(timers.get(chatId))
  if (!drafts.value.has(chatId) && !state.value?.chats.get(chatId)?.summary.draft) return
  put(chatId, { text: "" })
  void save(chatId)
}

/**
 * Shows the drafts of a person, once the state was read, and saves those that were not saved before. To save others again
 * would bring back what another device has sent meanwhile.
 */
export function openDrafts(userId: UserId): void {
  // The page is shown a moment before this, and somebody may write at once.
  drafts.value = new Map([...storedAt<Draft>(prefixOf(userId)), ...drafts.peek()])
  for (const [chatId, draft] of drafts.value) {
    const saved = state.peek()?.chats.get(chatId)?.summary.draft
    const isSaved = saved?.text === draft.text && saved?.replyToMessageId === draft.replyToMessageId
    if (isSaved) settle(chatId, draft)
    else saveLater(chatId)
  }
}

/**
 * After a gap: keeps the drafts of a server that was restored from a backup, which has lost them. Only then the version of
 * a chat goes back. Otherwise another device has sent or cleared them.
 */
export function keepDrafts(known: State, read: State): void {
  for (const [chatId, { summary }] of known.chats) {
    const { draft, version } = summary
    const isOlder = (read.chats.get(chatId)?.summary.version ?? version) < version
    if (draft && isOlder && !drafts.value.has(chatId)) setDraft(chatId, draft.text ?? "", draft.replyToMessageId)
  }
}

/** Saves what was written last. What the server does not take is lost with `forgetDrafts`. */
export async function saveDrafts(): Promise<void> {
  await Promise.all([...drafts.peek().keys()].map(save))
}

/** Removes the drafts of a person from this browser. */
export function forgetDrafts(userId: UserId): void {
  removeStoredAt(prefixOf(userId))
}

export function closeDrafts(): void {
  for (const timer of timers.values()) clearTimeout(timer)
  timers.clear()
  drafts.value = new Map()
}

// Whoever closes the page may go on writing on another device.
globalThis.addEventListener?.("pagehide", () => {
  for (const chatId of drafts.peek().keys()) void save(chatId)
})

function saveLater(chatId: ChatId): void {
  clearTimeout(timers.get(chatId))
  timers.set(
    chatId,
    setTimeout(() => void save(chatId), REST_MS),
  )
}

async function save(chatId: ChatId): Promise<void> {
  const draft = drafts.value.get(chatId)
  if (!draft) return
  try {
    await call(new SaveDraft({ chatId, ...draft }))
    settle(chatId, draft)
  } catch (error) {
    const isPassing = error instanceof Failure && error.isPassing
    if (isPassing)
      timers.set(
        chatId,
        setTimeout(() => void save(chatId), 10 * REST_MS),
      )
    // Otherwise the chat is gone, or the text is too long to be kept there. It stays in this browser.
  }
}

/** The server has it. Events of older drafts may come behind that answer, so this one stays for a while. */
function settle(chatId: ChatId, draft: Draft): void {
  setTimeout(() => {
    if (drafts.value.get(chatId) !== draft) return
    if (connection.value === "live") put(chatId, null)
    else settle(chatId, draft)
  }, SETTLED_MS)
}

function put(chatId: ChatId, draft: Draft | null): void {
  const changed = new Map(drafts.value)
  if (draft) changed.set(chatId, draft)
  else changed.delete(chatId)
  drafts.value = changed
  const userId = state.peek()?.me.userId
  if (userId) store(prefixOf(userId) + chatId, draft)
}

function prefixOf(userId: UserId): string {
  return `parlour.draft.${userId}/`
}
