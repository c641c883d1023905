// The files that the next message will have, with how far they are.
import { useEffect, useState } from "preact/hooks"
import { explain } from "../../components/failures"
import { Icon } from "../../components/Icon"
import { Why } from "../../components/Why"
import { cancelUpload, fileOf, pauseUpload, resumeUpload, type Upload } from "../../state/uploads"
import { t } from "../../text"
import { size } from "../../text/sizes"

export function Uploads({ uploads, most }: { uploads: readonly Upload[]; most: number }) {
  if (uploads.length === 0) return null
  return (
    <div class="uploads">
      <ul aria-label={t("messages.files")}>
        {uploads.map((upload) => (
          <li key={upload.uploadId} class={upload.status}>
            <Thumbnail upload={upload} />
            <div class="upload-name">
              <b class="one-line" dir="auto" title={upload.name}>
                {upload.name}
              </b>
              <span class={`small ${upload.status === "failed" ? "wrong" : "quiet"}`}>
                <HowFar upload={upload} />
              </span>
              {["waiting", "uploading", "paused"].includes(upload.status) && (
                <progress max={upload.size} value={upload.sent} aria-label={upload.name} />
              )}
            </div>
            <PauseOrGoOn upload={upload} />
            <button
              type="button"
              class="icon-button"
              aria-label={t("messages.cancelUpload", { name: upload.name })}
              title={t("messages.remove")}
              onClick={() => void cancelUpload(upload.uploadId)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {uploads.length > most && (
        <p class="small wrong" role="alert">
          {t("messages.tooManyFiles", { count: most })}
        </p>
      )}
    </div>
  )
}

/** One button for both, so that it keeps the focus. */
function PauseOrGoOn({ upload }: { upload: Upload }) {
  const { uploadId, name, status } = upload
  const isStopped = status === "paused" || status === "failed"
  if (!isStopped && status !== "uploading" && status !== "waiting") return null
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={t(isStopped ? "messages.resumeUpload" : "messages.pauseUpload", { name })}
      title={t(isStopped ? "messages.resume" : "messages.pause")}
      onClick={() => (isStopped ? resumeUpload : pauseUpload)(uploadId)}
    >
      <Icon name={isStopped ? "again" : "pause"} />
    </button>
  )
}

/** How far a file is, or why it does not go on. */
export function HowFar({ upload }: { upload: Upload }) {
  const { status, failure } = upload
  return <Why {...(status === "failed" && failure ? explain(failure) : { words: stateOf(upload) })} />
}

function stateOf({ status, size: bytes, sent }: Upload): string {
  if (status === "failed") return t("messages.uploadFailed")
  if (status === "checking") return t("messages.fileChecking")
  if (status === "done") return size(bytes)
  if (status === "paused") return `${t("messages.paused")} ${size(sent)} / ${size(bytes)}`
  return `${size(sent)} / ${size(bytes)}`
}

/** A small picture of a file that is one, from its bytes here. */
function Thumbnail({ upload }: { upload: Upload }) {
  const [address, setAddress] = useState("")
  useEffect(() => {
    const file = upload.type.startsWith("image/") ? fileOf(upload.uploadId) : null
    if (!file) return
    const made = URL.createObjectURL(file)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [upload.uploadId])
  return <span class="thumbnail">{address ? <img src={address} alt="" /> : <Icon name="file" />}</span>
}
