// What a person chose, kept with their account so that it follows them to each device.
import { computed } from "@preact/signals"
import { UpdateMe } from "../api/dtos"
import { call } from "../api/client"
import type { ChatId } from "./model"
import { state, update } from "./store"

/** Each choice with its possible values. The first one holds until somebody chooses. */
const CHOICES = {
  theme: ["system", "light", "dark"],
  /** What Enter does in the composer. The other one is done with Shift. */
  enter: ["send", "break"],
  /** Where a chat opens: at the first unread message, or always at the newest. */
  opensAt: ["unread", "newest"],
  /** Whether new messages are read out by screen readers. */
  announces: ["on", "off"],
} as const

export type Choices = { readonly [Name in keyof typeof CHOICES]: (typeof CHOICES)[Name][number] }

const FAVOURITES = "console.favourites"

// The server keeps 2,000 characters under one name, and an id with its comma has 33.
export const MOST_FAVOURITES = 60

/** What a person chose. Follows the account. */
export function choice<Name extends keyof Choices>(name: Name): Choices[Name] {
  const kept = state.value?.me.settings[`console.${name}`]
  const values: readonly string[] = CHOICES[name]
  return (kept !== undefined && values.includes(kept) ? kept : values[0]) as Choices[Name]
}

/** Chooses, at once on this page. Throws a `Failure` if the server did not take it, and it is as before. */
export function choose<Name extends keyof Choices>(name: Name, value: Choices[Name]): Promise<void> {
  return keep(`console.${name}`, value)
}

/** The chats on top of the list, in the order in which they were chosen. */
export const favourites = computed<readonly ChatId[]>(() => state.value?.me.settings[FAVOURITES]?.split(",") ?? [])

/** Puts a chat on top of the list, or back. Throws a `Failure`. */
export function setFavourite(chatId: ChatId, isFavourite: boolean): Promise<void> {
  const others = favourites.value.filter((each) => each !== chatId)
  const chosen = isFavourite ? [...others, chatId].slice(-MOST_FAVOURITES) : others
  return keep(FAVOURITES, chosen.join(","))
}

async function keep(name: string, value: string): Promise<void> {
  const before = state.value?.me.settings[name] ?? ""
  put(name, value)
  try {
    await call(new UpdateMe({ settings: { [name]: value } }))
  } catch (error) {
    put(name, before)
    throw error
  }
}

function put(name: string, value: string): void {
  update((now) => {
    const { [name]: _before, ...others } = now.me.settings
    return { ...now, me: { ...now.me, settings: value ? { ...others, [name]: value } : others } }
  })
}
