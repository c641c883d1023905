// All words of the console: one catalogue for each language, with dates and numbers by Intl.
import { computed, signal } from "@preact/signals"
import { en } from "./en"

/** Words for one count, by the plural categories of the language. */
export type Plural = { readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>
export type Entry = string | Plural
/** What every language has: the same names with the same kinds of entries. */
export type Catalogue = {
  readonly [Area in keyof typeof en]: {
    readonly [Name in keyof (typeof en)[Area]]: (typeof en)[Area][Name] extends string ? string : Plural
  }
}
export type Key = { [Area in keyof typeof en]: `${Area}.${keyof (typeof en)[Area] & string}` }[keyof typeof en]

export const LANGUAGES = { en: "English", de: "Deutsch" } as const
export type Language = keyof typeof LANGUAGES

export const language = signal<Language>("en")
const catalogue = signal<Catalogue>(en)

/** How dates and numbers are written: as the browser is set up, if that is in the language. */
export const locale = computed(() => {
  const tags = globalThis.navigator?.languages ?? []
  return tags.find((tag) => tag.slice(0, 2).toLowerCase() === language.value) ?? language.value
})

let latest: string = "en"

/** Chooses the language a person asked for, else that of their browser. English if neither is there. */
export async function setLanguage(wanted: string | undefined): Promise<void> {
  const tags = wanted ? [wanted] : (globalThis.navigator?.languages ?? [])
  const found = tags.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en"
  latest = found
  const words = found === "de" ? (await import("./de")).de : en
  // Another language was chosen while this one was loaded.
  if (latest !== found) return
  catalogue.value = words
  language.value = found as Language
  document.documentElement.lang = found
}

/** Whether the catalogue has words for a key that was put together. */
export function knows(key: string): key is Key {
  const [area = "", name = ""] = key.split(".")
  return name in (en[area as keyof Catalogue] ?? {})
}

const plurals = computed(() => new Intl.PluralRules(language.value))
const numbers = computed(() => new Intl.NumberFormat(locale.value))

/** The words for a key in the language of the person. `{name}` is replaced by the value; `count` chooses the plural. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const [area, name] = key.split(".") as [keyof Catalogue, string]
  const entry = (catalogue.value[area] as Readonly<Record<string, Entry>>)[name] ?? ""
  const words = typeof entry === "string" ? entry : (entry[plurals.value.select(Number(values.count))] ?? entry.other)
  return words.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? ""
    return typeof value === "number" ? numbers.value.format(value) : value
  })
}
