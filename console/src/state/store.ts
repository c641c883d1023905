// The signals that views read, and the reading of state from the server.
import { computed, signal } from "@preact/signals"
import { FindChats, FindMessages, GetChat, GetMe, type Me, MarkRead } from "../api/dtos"
import { call } from "../api/client"
import { type ChatId, newChat, type State, type Stretch } from "./model"
import { put, withChat } from "./reducer"

/** Who is signed in: unknown until the server was asked, null for nobody. */
export const me = computed<Me | null | undefined>(() => (isSignedOut.value ? null : state.value?.me))
export const isSignedOut = signal(false)

/** All that is known. Null until it was read. */
export const state = signal<State | null>(null)

/** Changes the state, once there is one. */
export function update(change: (state: State) => State): void {
  if (state.value) state.value = change(state.value)
}

/** The chats, newest activity first. */
export const chatsByActivity = computed(() =>
  [...(state.value?.chats.values() ?? [])].sort((a, b) => (a.summary.dateActive < b.summary.dateActive ? 1 : -1)),
)

const CHATS_A_PAGE = 200

/** Reads who is signed in, and all of their chats. Throws a `Failure`. */
export async function readState(): Promise<State> {
  const [mine, chats] = await Promise.all([call(new GetMe()), readChats()])
  if (!mine.me) throw new Error("GetMe returned nobody.")
  return { me: mine.me, chats: new Map(chats.map((chat) => [chat.chatId, newChat(chat)])), presence: new Map() }
}

async function readChats() {
  const chats = []
  let cursor: string | undefined
  do {
    const page = await call(new FindChats({ take: CHATS_A_PAGE, ...(cursor ? { cursor } : {}) }))
    chats.push(...page.chats)
    cursor = page.nextCursor
  } while (cursor)
  return chats
}

/** Reads one chat that is new, or changed in a way that events do not tell. */
export async function readChat(chatId: ChatId): Promise<void> {
  const { chat } = await call(new GetChat({ chatId }))
  if (!chat) return
  update((now) => {
    const known = now.chats.get(chatId)
    return put(now, chatId, known ? { ...known, summary: chat } : newChat(chat))
  })
}

const MESSAGES_A_PAGE = 50

/** Loads the newest messages of a chat, or those around one. */
export async function openChat(chatId: ChatId, around?: string): Promise<void> {
  const page = await call(
    new FindMessages({ chatId, take: MESSAGES_A_PAGE, ...(around ? { chatMessageId: around, direction: "around" } : {}) }),
  )
  const stretch: Stretch = {
    messages: page.messages,
    hasOlder: (around ? page.previousCursor : page.nextCursor) != null,
    hasNewer: (around ? page.nextCursor : page.previousCursor) != null,
  }
  update((now) => withChat(now, chatId, (chat) => ({ ...chat, stretch })))
}

/** Marks a chat as read up to a message. The counts follow by an event. */
export async function markRead(chatId: ChatId, chatMessageId: string): Promise<void> {
  await call(new MarkRead({ chatId, chatMessageId }))
}
