// Messages that wait to be sent. Each keeps its id at every try, so that none is sent twice.
import { signal } from "@preact/signals"
import { SendMessage } from "../api/dtos"
import { call, Failure } from "../api/client"
import type { ChatId } from "./model"

export interface Waiting {
  readonly chatMessageId: string
  readonly chatId: ChatId
  readonly text: string
  readonly replyToMessageId?: string
  readonly mentionedUserIds: readonly string[]
  readonly mentionsEverybody: boolean
  readonly attachmentIds: readonly string[]
  /** When it was written, in milliseconds since 1970. */
  readonly written: number
  /** Why it was refused. Null while it only waits. */
  readonly failure: string | null
}

/** All waiting messages, oldest first. */
export const waiting = signal<readonly Waiting[]>([])

export type Written = Omit<Waiting, "chatMessageId" | "written" | "failure">

/** Puts a message into the outbox, and sends it as soon as that is possible. */
export function send(written: Written): void {
  const message: Waiting = {
    ...written,
    chatMessageId: crypto.randomUUID().replaceAll("-", ""),
    written: Date.now(),
    failure: null,
  }
  waiting.value = [...waiting.value, message]
  void deliver(message)
}

export function retry(chatMessageId: string): void {
  replace(chatMessageId, (message) => ({ ...message, failure: null }))
  const message = waiting.value.find((each) => each.chatMessageId === chatMessageId)
  if (message) void deliver(message)
}

export function discard(chatMessageId: string): void {
  waiting.value = waiting.value.filter((each) => each.chatMessageId !== chatMessageId)
}

function replace(chatMessageId: string, change: (message: Waiting) => Waiting): void {
  waiting.value = waiting.value.map((each) => (each.chatMessageId === chatMessageId ? change(each) : each))
}

async function deliver(message: Waiting): Promise<void> {
  const { failure: _failure, written: _written, ...request } = message
  try {
    await call(new SendMessage({ ...request, mentionedUserIds: [...request.mentionedUserIds], attachmentIds: [...request.attachmentIds] }))
    discard(message.chatMessageId)
  } catch (error) {
    const why = error instanceof Failure ? error.message : String(error)
    replace(message.chatMessageId, (each) => ({ ...each, failure: why }))
  }
}
