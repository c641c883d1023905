// Notifications in this browser, and the other browsers of the person that are told of messages.
import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { PushSubscription as Saved } from "../api/dtos"
import {
  browsers,
  hidesText,
  isOn,
  ownId,
  removeBrowser,
  sendTest,
  setHidesText,
  type Status,
  status,
  turnOff,
  turnOn,
} from "../state/push"
import { language, t } from "../text"
import { attempt } from "./failures"
import { Time } from "./Time"
import { toast } from "./Toast"

const CANNOT: readonly Status[] = ["unsupported", "needsInstalling", "blocked"]

export function PushSettings() {
  const now = status.value
  const isTesting = useSignal(false)
  const others = useSignal<readonly Saved[]>([])
  const own = ownId.value
  useEffect(() => {
    const read = async () => (others.value = (await browsers()).filter((each) => each.pushSubscriptionId !== own))
    void read().catch(() => {})
  }, [own])
  return (
    <section class="card" aria-busy={now === "unknown"}>
      <h2>{t("push.title")}</h2>
      {now !== "unknown" && <p class="quiet">{t(`push.${now}`)}</p>}
      {!CANNOT.includes(now) && (
        <div class="choices">
          <label class="check">
            <input
              type="checkbox"
              checked={isOn.value}
              onChange={(event) =>
                void attempt(() => (event.currentTarget.checked ? turnOn(hidesText.value) : turnOff()))
              }
            />
            {t("push.inThisBrowser")}
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={hidesText.value}
              disabled={!isOn.value}
              onChange={(event) => void attempt(() => setHidesText(event.currentTarget.checked))}
            />
            {t("push.hidesText")}
          </label>
        </div>
      )}
      {isOn.value && (
        <div class="buttons start">
          <button
            type="button"
            class="button"
            aria-disabled={isTesting.value}
            onClick={() => {
              if (isTesting.value) return
              isTesting.value = true
              void attempt(test).then(() => (isTesting.value = false))
            }}
          >
            {t("push.test")}
          </button>
        </div>
      )}
      {others.value.length > 0 && (
        <>
          <h3>{t("push.others")}</h3>
          <ul class="links">
            {others.value.map((each) => (
              <li key={each.pushSubscriptionId} class="with-button between">
                <div>
                  <p dir="auto">{each.deviceName || t("push.unnamed")}</p>
                  <p class="quiet small">
                    {t("push.lastSeen")} <Time date={each.dateSaved} className="" />
                    {each.lastError && <> · {each.lastError}</>}
                  </p>
                </div>
                <button type="button" class="button" onClick={() => void attempt(() => forget(each))}>
                  {t("push.remove")}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )

  async function forget({ pushSubscriptionId }: Saved): Promise<void> {
    await removeBrowser(pushSubscriptionId)
    others.value = others.value.filter((each) => each.pushSubscriptionId !== pushSubscriptionId)
  }
}

/** Sends a test, and says what became of it. */
async function test(): Promise<void> {
  const notice = {
    title: "Parlour",
    body: t("push.testBody"),
    navigate: "/me",
    tag: "test",
    lang: language.value,
    dir: "auto",
  } as const
  const problem = await sendTest(notice)
  if (problem === null) toast(t("push.tested"))
  else toast(t(problem ? "push.testRefused" : "push.testLate"), { isProblem: true, original: problem })
}
