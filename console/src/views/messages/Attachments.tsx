// The files of a message: pictures and films in boxes that have their size before they are loaded, sounds to play, and
// others by name.
import { useSignal } from "@preact/signals"
import { Icon } from "../../components/Icon"
import type { Attachment } from "../../api/dtos"
import { uploads } from "../../state/uploads"
import { t } from "../../text"
import { size } from "../../text/sizes"
import type { Pane } from "./pane"
import { HowFar } from "./Uploads"

// The largest box of a picture, and the least: a picture of ten pixels can still be pointed at.
const WIDEST_PX = 360
const HIGHEST_PX = 280
const LEAST_PX = 40

interface Props {
  pane: Pane
  attachments: readonly Attachment[]
  isActive: boolean
  /** Files of a message that still waits. */
  uploadIds?: readonly string[]
}

export function Attachments({ pane, attachments, isActive, uploadIds = [] }: Props) {
  const sending = uploadIds.length > 0 ? uploads.value.filter(({ uploadId }) => uploadIds.includes(uploadId)) : []
  if (attachments.length === 0 && sending.length === 0) return null
  return (
    <div class="attachments">
      {attachments.map((attachment) =>
        isPicture(attachment) ? (
          <Picture key={attachment.attachmentId} pane={pane} attachment={attachment} isActive={isActive} />
        ) : isPlayable(attachment) ? (
          <Player key={attachment.attachmentId} attachment={attachment} isActive={isActive} />
        ) : (
          <File key={attachment.attachmentId} attachment={attachment} isActive={isActive} />
        ),
      )}
      {sending.map((upload) => (
        <p key={upload.uploadId} class="file">
          <Icon name={upload.status === "checking" ? "clock" : "file"} />
          <b class="one-line" dir="auto">
            {upload.name}
          </b>
          <span class="small quiet">
            <HowFar upload={upload} />
          </span>
        </p>
      ))}
    </div>
  )
}

/** Whether a file is shown as a picture: its size is known, so the box has it before the picture is loaded. */
export function isPicture({ mediaType, width, height }: Attachment): boolean {
  return (mediaType ?? "").startsWith("image/") && !!width && !!height
}

function isPlayable({ mediaType }: Attachment): boolean {
  return /^(audio|video)\//.test(mediaType ?? "")
}

export function contentOf(attachmentId: string): string {
  return `/v1/Attachment/${attachmentId}/Content`
}

function boxOf({ width = 1, height = 1 }: Attachment) {
  const scale = Math.min(1, WIDEST_PX / width, HIGHEST_PX / height)
  return {
    width: Math.max(LEAST_PX, Math.round(width * scale)),
    height: Math.max(LEAST_PX, Math.round(height * scale)),
  }
}

function Picture({ pane, attachment, isActive }: { pane: Pane; attachment: Attachment; isActive: boolean }) {
  const { attachmentId, fileName, hasPreview } = attachment
  const { width, height } = boxOf(attachment)
  return (
    <a
      class="picture"
      href={contentOf(attachmentId)}
      tabIndex={isActive ? 0 : -1}
      aria-label={t("messages.openPicture", { name: fileName ?? "" })}
      style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        pane.picture.value = attachmentId
      }}
    >
      <img
        src={hasPreview ? `/v1/Attachment/${attachmentId}/Preview` : contentOf(attachmentId)}
        alt=""
        width={width}
        height={height}
        loading="lazy"
        decoding="async"
      />
    </a>
  )
}

/** A film or a sound. If the browser cannot play it after all, only the file is left. */
function Player({ attachment, isActive }: { attachment: Attachment; isActive: boolean }) {
  const isBroken = useSignal(false)
  const { attachmentId, fileName, mediaType } = attachment
  const Tag = mediaType?.startsWith("video/") ? "video" : "audio"
  return (
    <div class="player">
      {!isBroken.value && (
        <Tag
          src={contentOf(attachmentId)}
          controls
          preload="metadata"
          aria-label={fileName}
          tabIndex={isActive ? 0 : -1}
          onError={() => (isBroken.value = true)}
        />
      )}
      <File attachment={attachment} isActive={isActive} />
    </div>
  )
}

function File({ attachment, isActive }: { attachment: Attachment; isActive: boolean }) {
  const { attachmentId, fileName, size: bytes } = attachment
  const name = (
    <b class="one-line" dir="auto" title={fileName}>
      {fileName}
    </b>
  )
  return (
    <a
      class="file"
      href={`${contentOf(attachmentId)}?IsDownload=true`}
      download={fileName}
      tabIndex={isActive ? 0 : -1}
    >
      <Icon name="file" />
      {name}
      <span class="small quiet">{size(bytes)}</span>
    </a>
  )
}
