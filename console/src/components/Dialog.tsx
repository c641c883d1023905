// A dialog over the page: the browser's own, which keeps the focus in it.
import type { ComponentChildren } from "preact"
import { useLayoutEffect, useRef } from "preact/hooks"
import { t } from "../text"
import { giveBack } from "./focus"
import { Icon } from "./Icon"

interface Props {
  title: string
  onClose: () => void
  children: ComponentChildren
  /** Without its own head, for dialogs that begin with a field. The title is still its name. */
  isBare?: boolean
}

export function Dialog({ title, onClose, children, isBare = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const before = document.activeElement
    const element = dialog.current
    element?.showModal()
    return () => {
      // While it is open nothing outside can have the focus.
      element?.close()
      giveBack(before)
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog${isBare ? " bare" : ""}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // Browsers close it without asking if Escape is pressed again and again.
      onClose={() => dialog.current && onClose()}
      onPointerDown={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-body">
        {!isBare && (
          <header class="dialog-head">
            <h2>{title}</h2>
            <button type="button" class="icon-button" aria-label={t("common.close")} onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  )
}
