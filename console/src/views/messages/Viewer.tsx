// Pictures of the chat, large: with the arrows from one to the next, and nearer by plus, minus or a click.
import { useSignal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { Dialog } from "../../components/Dialog"
import { Icon } from "../../components/Icon"
import type { Message } from "../../api/dtos"
import { t } from "../../text"
import { contentOf, isPicture } from "./Attachments"
import type { Pane } from "./pane"

const MOST_ZOOM = 8

export function Viewer({ pane, messages, shown }: { pane: Pane; messages: readonly Message[]; shown: string }) {
  const zoom = useSignal(1)
  const frame = useRef<HTMLDivElement>(null)
  const pictures = messages.flatMap(({ attachments }) => attachments.filter(isPicture))
  const at = pictures.findIndex(({ attachmentId }) => attachmentId === shown)
  const picture = pictures[at]
  const close = () => (pane.picture.value = null)
  if (!picture) return null

  function go(by: number) {
    const next = pictures[at + by]
    if (!next) return
    zoom.value = 1
    pane.picture.value = next.attachmentId
    // At the end the button to the next one goes.
    if (!pictures[at + 2 * by]) frame.current?.focus()
  }
  const nearer = (by: number) => (zoom.value = Math.min(MOST_ZOOM, Math.max(1, zoom.value * by)))
  function onKeyDown(event: KeyboardEvent) {
    const isRightToLeft = getComputedStyle(document.body).direction === "rtl"
    const forward = isRightToLeft ? -1 : 1
    if (event.key === "ArrowRight") go(forward)
    else if (event.key === "ArrowLeft") go(-forward)
    else if (event.key === "+") nearer(1.5)
    else if (event.key === "-") nearer(1 / 1.5)
    else if (event.key === "0") zoom.value = 1
    else return
    event.preventDefault()
  }
  const { attachmentId, fileName = "", width = 1, height = 1 } = picture
  return (
    <Dialog title={t("messages.picture", { name: fileName })} onClose={close} isBare>
      <div class="viewer" onKeyDown={onKeyDown}>
        <header>
          <p class="one-line" dir="auto">
            {fileName}
          </p>
          <p class="small quiet">{t("messages.pictureOf", { number: at + 1, count: pictures.length })}</p>
          <button
            type="button"
            class="icon-button"
            aria-label={t("messages.farther")}
            title={t("messages.farther")}
            aria-disabled={zoom.value <= 1}
            onClick={() => nearer(1 / 1.5)}
          >
            <Icon name="minus" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={t("messages.nearer")}
            title={t("messages.nearer")}
            aria-disabled={zoom.value >= MOST_ZOOM}
            onClick={() => nearer(1.5)}
          >
            <Icon name="plus" />
          </button>
          <a
            class="icon-button"
            href={`${contentOf(attachmentId)}?IsDownload=true`}
            download={fileName}
            aria-label={t("messages.download")}
            title={t("messages.download")}
          >
            <Icon name="down" />
          </a>
          <button
            type="button"
            class="icon-button"
            aria-label={t("common.close")}
            title={t("common.close")}
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </header>
        <div ref={frame} class="viewer-picture" autofocus tabIndex={0} role="group" aria-label={fileName}>
          <img
            key={attachmentId}
            src={contentOf(attachmentId)}
            alt={fileName}
            width={width}
            height={height}
            class={zoom.value > 1 ? "near" : ""}
            style={{ width: zoom.value > 1 ? `${zoom.value * 100}%` : "" }}
            onClick={() => (zoom.value = zoom.value > 1 ? 1 : 2)}
          />
        </div>
        {at > 0 && (
          <button
            type="button"
            class="icon-button viewer-step before"
            aria-label={t("messages.pictureBefore")}
            onClick={() => go(-1)}
          >
            <Icon name="back" />
          </button>
        )}
        {at < pictures.length - 1 && (
          <button
            type="button"
            class="icon-button viewer-step after"
            aria-label={t("messages.pictureAfter")}
            onClick={() => go(1)}
          >
            <Icon name="next" />
          </button>
        )}
      </div>
    </Dialog>
  )
}
