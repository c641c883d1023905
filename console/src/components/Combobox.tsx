// A field with a list of what fits. The focus stays in the field: the arrows walk through the list, and Enter chooses.
import { type Signal, useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useId, useLayoutEffect, useRef } from "preact/hooks"

export interface Option {
  readonly key: string
  /** The words above those of its kind, which follow each other. */
  readonly group?: string
}

interface ListProps<T extends Option> {
  id: string
  label: string
  className: string
  options: readonly T[]
  /** The place of the one that Enter takes, or -1. */
  at: number
  show: (option: T) => ComponentChildren
  onChoose: (option: T) => void
  /** How each option looks. */
  optionClass?: string
  isBusy?: boolean
  /** What follows the options. */
  children?: ComponentChildren
}

interface Props<T extends Option> extends Omit<ListProps<T>, "id" | "label" | "at"> {
  label: string
  listLabel: string
  placeholder: string
  query: Signal<string>
  /** Whether Enter takes the first one without a step to it. */
  takesFirst: boolean
  fieldClass: string
  /** What stands before the field. */
  before: ComponentChildren
  onKey?: (event: KeyboardEvent) => void
}

export function Combobox<T extends Option>({
  label,
  listLabel,
  placeholder,
  query,
  takesFirst,
  fieldClass,
  before,
  onKey,
  ...list
}: Props<T>) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const { at, walk, begin } = useWalk(list.options, takesFirst)

  function choose(option: T) {
    begin()
    list.onChoose(option)
    field.current?.focus()
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.isComposing) return
    const option = list.options[at]
    if (event.key === "Enter" && option) choose(option)
    else if (!walk(event.key)) return onKey?.(event)
    event.preventDefault()
  }
  return (
    <>
      <div class={fieldClass}>
        {before}
        <input
          ref={field}
          role="combobox"
          aria-expanded={list.options.length > 0}
          aria-controls={id}
          aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
          aria-autocomplete="list"
          aria-label={label}
          placeholder={placeholder}
          autocomplete="off"
          autofocus
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value
            begin()
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <Options {...list} id={id} label={listLabel} at={at} onChoose={choose} />
    </>
  )
}

/** The list itself. Its field has `aria-activedescendant`, the id of the list with the place of an option. */
export function Options<T extends Option>({
  id,
  label,
  className,
  options,
  at,
  show,
  onChoose,
  optionClass,
  isBusy,
  children,
}: ListProps<T>) {
  useLayoutEffect(() => document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" }), [at])
  const option = (each: T, place: number) => (
    <div
      key={each.key}
      id={`${id}-${place}`}
      role="option"
      aria-selected={place === at}
      class={optionClass}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onChoose(each)}
    >
      {show(each)}
    </div>
  )
  return (
    <div class={className} role="listbox" id={id} aria-label={label} aria-busy={isBusy}>
      {groupsOf(options).map(({ group, start, members }) => {
        const content = members.map((each, index) => option(each, start + index))
        if (!group) return content
        return (
          <div key={group} role="group" aria-label={group}>
            <p class="group" aria-hidden="true">
              {group}
            </p>
            {content}
          </div>
        )
      })}
      {children}
    </div>
  )
}

/** Where a person is in a list: at the option that they walked to, else at the first one if that may be taken. */
export function useWalk(options: readonly Option[], takesFirst: boolean) {
  const walked = useSignal<string | null>(null)
  const found = options.findIndex(({ key }) => key === walked.value)
  const last = options.length - 1
  const at = found < 0 && takesFirst ? Math.min(0, last) : found

  /** Goes where a key leads. Returns whether it leads anywhere. Home and End are for the text until the first step. */
  function walk(key: string): boolean {
    const ends = walked.peek() === null ? {} : { Home: 0, End: last }
    const places: Readonly<Record<string, number>> = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      ...ends,
    }
    const option = options[places[key] ?? -1]
    if (option) walked.value = option.key
    return option !== undefined
  }
  return { at, walk, begin: () => void (walked.value = null) }
}

interface Group<T> {
  readonly group: string | undefined
  readonly start: number
  readonly members: T[]
}

function groupsOf<T extends Option>(options: readonly T[]): readonly Group<T>[] {
  const groups: Group<T>[] = []
  options.forEach((option, start) => {
    const latest = groups.at(-1)
    if (latest && latest.group === option.group) latest.members.push(option)
    else groups.push({ group: option.group, start, members: [option] })
  })
  return groups
}
