// All keys, for `?`.
import { Dialog } from "../components/Dialog"
import { type Key, t } from "../text"
import { close } from "./opened"

const GROUPS: readonly { readonly words: Key; readonly keys: readonly (readonly [string, Key])[] }[] = [
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
      ["Enter", "keys.send"],
      ["Shift+Enter", "keys.break"],
      ["↑", "keys.editLast"],
      ["@", "keys.mention"],
      [":", "keys.emoji"],
    ],
  },
]

export function Shortcuts() {
  return (
    <Dialog title={t("keys.title")} onClose={close}>
      <div class="dialog-form shortcuts" tabIndex={0} role="group" aria-label={t("keys.title")}>
        {GROUPS.map((group) => (
          <section key={group.words}>
            <h3>{t(group.words)}</h3>
            <dl>
              {group.keys.map(([keys, words]) => (
                <div key={keys}>
                  <dt>{keys.split(" ").map((each) => <kbd key={each}>{each}</kbd>)}</dt>
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
