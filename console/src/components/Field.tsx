// One field of a form, with its name, a hint, and what is wrong with it.
import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

interface Props {
  id?: string
  type?: "text" | "email" | "password"
  autocomplete?: "username" | "current-password" | "new-password" | "name" | "off"
  autocapitalize?: "characters"
  spellcheck?: boolean
  placeholder?: string
  minLength?: number
  maxLength?: number
  readOnly?: boolean
  required?: boolean
  autofocus?: boolean
  dir?: "auto"
  label: string
  value: string
  onValue: (value: string) => void
  hint?: string | undefined
  wrong?: ComponentChildren
}

export function Field({ label, value, onValue, hint, wrong, id: own, ...input }: Props) {
  const made = useId()
  const id = own ?? made
  const notes = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ")
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as object)}
        id={id}
        value={value}
        aria-describedby={notes || undefined}
        aria-invalid={wrong ? true : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint && (
        <p class="small quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="small wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </div>
  )
}
