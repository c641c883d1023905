// Tells others that somebody is writing, and that they have stopped.
import { SetTyping } from "../api/dtos"
import { call, Failure } from "../api/client"
import { connection } from "./connection"
import type { ChatId } from "./model"

// Others show it for eight seconds.
const REPEAT_MS = 4_000
const REST_MS = 6_000

let current: ChatId | null = null
let told = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Somebody writes in a chat. Called at each input. */
export function typingIn(chatId: ChatId): void {
  if (current !== null && current !== chatId) stoppedTyping(current)
  clearTimeout(timer)
  timer = setTimeout(() => stoppedTyping(chatId), REST_MS)
  if (current === chatId && Date.now() - told < REPEAT_MS) return
  current = chatId
  told = Date.now()
  void say(chatId, true)
}

/** They sent it, left it, or rest. */
export function stoppedTyping(chatId: ChatId): void {
  if (current !== chatId) return
  clearTimeout(timer)
  current = null
  void say(chatId, false)
}

async function say(chatId: ChatId, isTyping: boolean): Promise<void> {
  if (connection.value !== "live") return
  try {
    await call(new SetTyping({ chatId, isTyping }))
  } catch (error) {
    // It is of no use later.
    if (!(error instanceof Failure)) throw error
  }
}
