// What a person chooses for themselves.
import { useSignal } from "@preact/signals"
import { Avatar } from "../components/Avatar"
import { attempt } from "../components/failures"
import { Field } from "../components/Field"
import { PushSettings } from "../components/PushSettings"
import { toast } from "../components/Toast"
import { changeMe } from "../state/people"
import { type Choices, choice, choose } from "../state/settings"
import { me } from "../state/store"
import { language, LANGUAGES, type Language, setLanguage, t } from "../text"
import { goOut } from "./leaving"
import { Sessions } from "./Sessions"

export function Me() {
  const mine = me.value
  if (!mine) return null
  return (
    <>
      <header class="pane-head">
        <h1 class="one-line">{t("common.me")}</h1>
      </header>
      <div class="page">
        <section class="card">
          <div class="card-head">
            <Avatar id={mine.userId} name={mine.name ?? ""} isLarge />
            <div>
              <h2 class="card-name" dir="auto">
                {mine.name}
              </h2>
              <p class="quiet">{mine.emailAddress}</p>
              <p class="quiet" dir="auto">
                {mine.agencyName}
              </p>
            </div>
          </div>
          <Name />
          <label class="check">
            <input
              type="checkbox"
              checked={mine.showsPresence}
              onChange={(event) => void attempt(() => changeMe({ showsPresence: event.currentTarget.checked }))}
            />
            {t("me.showsPresence")}
          </label>
        </section>
        <section class="card">
          <h2>{t("me.look")}</h2>
          <div class="field">
            <label for="language">{t("me.language")}</label>
            <select
              id="language"
              value={language.value}
              onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([tag, name]) => (
                <option key={tag} value={tag} lang={tag}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <Choice name="theme" values={["system", "light", "dark"]} />
        </section>
        <section class="card">
          <h2>{t("common.chats")}</h2>
          <Choice name="enter" values={["send", "break"]} />
          <Choice name="opensAt" values={["unread", "newest"]} />
          <Choice name="announces" values={["on", "off"]} />
        </section>
        <PushSettings />
        <section class="card">
          <h2>{t("me.session")}</h2>
          <Sessions />
          <div class="buttons start">
            <button type="button" class="button" onClick={() => void attempt(goOut)}>
              {t("signIn.out")}
            </button>
            <a class="button" href="/metadata">
              {t("me.api")}
            </a>
          </div>
        </section>
      </div>
    </>
  )
}

function Name() {
  const name = useSignal(me.value?.name ?? "")
  const isChanged = name.value.trim() !== "" && name.value.trim() !== me.value?.name
  return (
    <form
      class="with-button"
      onSubmit={(event) => {
        event.preventDefault()
        void attempt(() => changeMe({ name: name.value.trim() })).then((isDone) => isDone && toast(t("me.saved")))
      }}
    >
      <Field
        label={t("me.name")}
        value={name.value}
        onValue={(value) => (name.value = value)}
        autocomplete="name"
        required
        dir="auto"
      />
      <button type="submit" class="button" disabled={!isChanged}>
        {t("common.save")}
      </button>
    </form>
  )
}

async function chooseLanguage(tag: Language): Promise<void> {
  await setLanguage(tag)
  await attempt(() => changeMe({ language: tag }))
}

function Choice<Name extends keyof Choices>({ name, values }: { name: Name; values: readonly Choices[Name][] }) {
  return (
    <fieldset class="choices">
      <legend>{t(`me.${name}`)}</legend>
      {values.map((value) => (
        <label key={value} class="check">
          <input
            type="radio"
            name={name}
            checked={choice(name) === value}
            onChange={() => void attempt(() => choose(name, value))}
          />
          {t(`me.${name}_${value}` as Parameters<typeof t>[0])}
        </label>
      ))}
    </fieldset>
  )
}
