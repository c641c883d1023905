// All keys, for `?`.
import { Dialog } from "../components/Dialog"
import { choice } from "../state/settings"
import { type Key, t } from "../text"
import { close } from "./opened"

interface Group {
  readonly words: Key
  readonly keys: readonly (readonly [string, Key])[]
}

const GROUPS: readonly Group[] = [
  {
    words: "keys.everywhere",
    keys: [
      ["Ctrl+K", "keys.switcher"],
      ["/", "keys.search"],
      ["Alt+↓ Alt+↑", "keys.chats"],
      ["Alt+Shift+↓ Alt+Shift+↑", "keys.unreadChats"],
      ["F6 Shift+F6", "keys.regions"],
      ["m", "keys.mute"],
      ["Ctrl+Z", "keys.undo"],
      ["Esc", "keys.close"],
      ["?", "keys.all"],
    ],
  },
  {
    words: "keys.messages",
    keys: [
      ["j k", "keys.through"],
      ["End", "keys.newest"],
      ["r", "keys.reply"],
      ["e", "keys.edit"],
      ["+", "keys.react"],
      ["u", "keys.unread"],
      ["Delete", "keys.delete"],
    ],
  },
  {
    words: "keys.composer",
    keys: [
      ["↑", "keys.editLast"],
      ["@", "keys.mention"],
      [":", "keys.emoji"],
    ],
  },
]

const ENTER = ["Enter", "Shift+Enter"] as const

/** The keys whose names are other ones on the keyboards of other languages. */
const NAMES: Readonly<Record<string, Key>> = {
  Ctrl: "keys.nameCtrl",
  Shift: "keys.nameShift",
  Enter: "keys.nameEnter",
  Delete: "keys.nameDelete",
  End: "keys.nameEnd",
}

/** Keys as they are written on the keyboard. The one that is a plus itself is no sum. */
function written(keys: string): string {
  const parts = keys.split(/(?<=.)\+/)
  return parts.map((part) => (NAMES[part] ? t(NAMES[part]) : part)).join("+")
}

function keysOf({ words, keys }: Group): Group["keys"] {
  if (words !== "keys.composer") return keys
  const [sends, breaks] = choice("enter") === "send" ? ENTER : ENTER.toReversed()
  return [[sends as string, "keys.send"], [breaks as string, "keys.break"], ...keys]
}

export function Shortcuts() {
  return (
    <Dialog title={t("keys.title")} onClose={close}>
      <div class="dialog-form shortcuts" tabIndex={0} role="group" aria-label={t("keys.title")}>
        {GROUPS.map((group) => (
          <section key={group.words}>
            <h3>{t(group.words)}</h3>
            <dl>
              {keysOf(group).map(([keys, words]) => (
                <div key={keys}>
                  <dt>
                    {keys.split(" ").map((each) => (
                      <kbd key={each}>{written(each)}</kbd>
                    ))}
                  </dt>
                  <dd>{t(words)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
