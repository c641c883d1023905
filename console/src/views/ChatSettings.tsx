// What a person may choose about a chat: what notifies them, and whether it is put away.
import { now, timeNow } from "../state/clock"
import { attempt } from "../components/failures"
import { type Level, setNotifications } from "../state/chats"
import { isMuted } from "../state/listing"
import type { Chat } from "../state/model"
import { favourites, setFavourite } from "../state/settings"
import { me } from "../state/store"
import { t } from "../text"
import { clock, dateAndClock, sameDay } from "../text/times"
import { archiveForMe } from "./ChatHead"
import { open } from "./opened"

const LEVELS: readonly Level[] = ["everything", "mentions", "nothing", "invisible"]
const HOUR_MS = 3_600_000
const MORNING_HOUR = 8

export function ChatSettings({ chat }: { chat: Chat }) {
  const { summary } = chat
  const { chatId, isDirect, role, isArchived, isArchivedForMe, createdByName, dateCreated } = summary
  const isAdministrator = me.value?.roles.includes("Administrator") ?? false
  const isFavourite = favourites.value.includes(chatId)
  return (
    <div class="panel-body">
      <Notifications chat={chat} />
      <section>
        <h3>{t("chats.place")}</h3>
        <label class="check">
          <input
            type="checkbox"
            checked={isFavourite}
            onChange={() => void attempt(() => setFavourite(chatId, !isFavourite))}
          />
          {t("chats.favourite")}
        </label>
        <label class="check">
          <input type="checkbox" checked={isArchivedForMe} onChange={() => archiveForMe(chat, !isArchivedForMe)} />
          {t("chats.archiveForMe")}
        </label>
      </section>
      <section>
        <h3>{t("chats.forAll")}</h3>
        <p class="small quiet">
          {t("chats.startedBy", { name: createdByName ?? "", date: dateAndClock(dateCreated) })}
        </p>
        {!isDirect && !isArchived && (
          <button type="button" class="button" onClick={() => open({ name: "rename", chatId })}>
            {t("chats.rename")}
          </button>
        )}
        {!isDirect && (role === "owner" || isAdministrator) && (
          <button type="button" class="button" onClick={() => open({ name: "archive", chatId })}>
            {t(isArchived ? "chats.unarchive" : "chats.archive")}
          </button>
        )}
        <button type="button" class="button wrong" onClick={() => open({ name: "leave", chatId })}>
          {t("chats.leave")}
        </button>
      </section>
    </div>
  )
}

function Notifications({ chat }: { chat: Chat }) {
  const { chatId, level, mutedUntil } = chat.summary
  const chosen = level as Level
  const until =
    mutedUntil && isMuted(chat, now.value) && chosen !== "nothing" && chosen !== "invisible" ? mutedUntil : undefined
  const muteFor = (time: number | null) => void attempt(() => setNotifications(chatId, chosen, time))
  return (
    <section>
      <fieldset class="choices">
        <legend>
          <h3>{t("chats.notifies")}</h3>
        </legend>
        {LEVELS.map((each) => (
          <label key={each} class="check">
            <input
              type="radio"
              name="level"
              checked={chosen === each}
              onChange={() => void attempt(() => setNotifications(chatId, each, null))}
            />
            <span>
              {t(`chats.level_${each}`)}
              <span class="small quiet block">{t(`chats.level_${each}_hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {(chosen === "everything" || chosen === "mentions") && (
        <div class="buttons start">
          {until ? (
            <>
              <p class="small">
                {t("chats.mutedUntil", { time: isToday(until) ? clock(until) : dateAndClock(until) })}
              </p>
              <button type="button" class="button" onClick={() => muteFor(null)}>
                {t("chats.unmute")}
              </button>
            </>
          ) : (
            <>
              <button type="button" class="button" onClick={() => muteFor(timeNow() + HOUR_MS)}>
                {t("chats.muteHour")}
              </button>
              <button type="button" class="button" onClick={() => muteFor(tomorrow())}>
                {t("chats.muteTomorrow")}
              </button>
            </>
          )}
        </div>
      )}
    </section>
  )
}

function isToday(date: string): boolean {
  return sameDay(new Date(date), new Date(now.value))
}

/** The next morning in ms since 1970, where the person is. */
function tomorrow(): number {
  const morning = new Date(timeNow())
  morning.setDate(morning.getDate() + 1)
  return morning.setHours(MORNING_HOUR, 0, 0, 0)
}
