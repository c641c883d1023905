// What a person does to messages that are there. Each throws a `Failure`. The events tell what came of it.
import { signal } from "@preact/signals"
import {
  DeleteMessage,
  EditMessage,
  GetMessageHistory,
  type MessageVersion,
  PinMessage,
  ReactToMessage,
} from "../api/dtos"
import { call } from "../api/client"

export interface Edited {
  readonly text: string
  readonly mentionedUserIds: readonly string[]
  readonly mentionsEverybody: boolean
}

export async function editMessage(chatMessageId: string, edited: Edited): Promise<void> {
  await call(new EditMessage({ chatMessageId, ...edited, mentionedUserIds: [...edited.mentionedUserIds] }))
}

export async function react(chatMessageId: string, emoji: string, isOn: boolean): Promise<void> {
  await call(new ReactToMessage({ chatMessageId, emoji, isOn }))
}

export async function pin(chatMessageId: string, isPinned: boolean): Promise<void> {
  await call(new PinMessage({ chatMessageId, isPinned }))
}

/** The texts that a message had before, oldest first. */
export async function historyOf(chatMessageId: string): Promise<readonly MessageVersion[]> {
  const { versions } = await call(new GetMessageHistory({ chatMessageId, take: 200 }))
  return versions
}

// Time to see that it was the wrong message.
const UNDO_MS = 6_000

/** Messages that are deleted in a moment, unless that is undone. The server does not know of it yet. */
export const deleting = signal<ReadonlyMap<string, () => void>>(new Map())

/** Deletes a message after some time in which that can be undone. Resolves when it is deleted, or was undone. */
export function deleteSoon(chatMessageId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener("pagehide", now)
      const rest = new Map(deleting.value)
      rest.delete(chatMessageId)
      deleting.value = rest
    }
    const now = () => {
      end()
      call(new DeleteMessage({ chatMessageId })).then(() => resolve(), reject)
    }
    const timer = setTimeout(now, UNDO_MS)
    addEventListener("pagehide", now)
    deleting.value = new Map(deleting.value).set(chatMessageId, () => {
      end()
      resolve()
    })
  })
}

/** Keeps a message that was about to be deleted, else the one that was chosen last. Returns whether there was any. */
export function undoDelete(chatMessageId?: string): boolean {
  const undo = chatMessageId ? deleting.value.get(chatMessageId) : [...deleting.value.values()].at(-1)
  undo?.()
  return undo !== undefined
}
