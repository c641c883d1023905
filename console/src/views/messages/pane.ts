// What the parts of one open chat share: which row has the focus, and what is being answered or edited.
import { type Signal, signal } from "@preact/signals"
import type { Message } from "../../api/dtos"
import type { ChatId } from "../../state/model"

/** A choice of an emoji that is open: where, and what it is for. */
export interface Picking {
  readonly at: DOMRect
  readonly choose: (emoji: string) => void
}

export interface Pane {
  readonly chatId: ChatId
  /** The one row that the Tab key reaches. */
  readonly active: Signal<string | null>
  /** The row whose buttons are shown. */
  readonly pointed: Signal<string | null>
  /** The row that is shown as the target of a jump. */
  readonly flashing: Signal<string | null>
  readonly answering: Signal<Message | null>
  readonly editing: Signal<Message | null>
  readonly picking: Signal<Picking | null>
  /** The message whose earlier texts are shown. */
  readonly history: Signal<Message | null>
  /** The picture that is shown large. */
  readonly picture: Signal<string | null>
  /** Set by the list: scrolls to a message, loading it if need be. */
  jump: (messageId: string) => void
  /** Set by the list: scrolls to the newest message. */
  toNewest: () => void
  /** Set by the composer. */
  write: () => void
  /** Set by the composer: takes a text back to be changed. */
  takeText: (text: string) => void
}

export function newPane(chatId: ChatId): Pane {
  const nothing = () => undefined
  return {
    chatId,
    active: signal(null),
    pointed: signal(null),
    flashing: signal(null),
    answering: signal(null),
    editing: signal(null),
    picking: signal(null),
    history: signal(null),
    picture: signal(null),
    jump: nothing,
    toNewest: nothing,
    write: nothing,
    takeText: nothing,
  }
}
