// Sends one file by the tus protocol 1.0, as docs/attachments.md describes: an upload has an address, knows how much of
// it has arrived, and goes on from there.
import { type ErrorAnswer, Failure, failureOf, listeners } from "../api/client"
import { forPerson, OTHER_PERSON } from "../api/person"

const headersFor = (userId: string) => ({
  Accept: "application/json",
  "Tus-Resumable": "1.0.0",
  ...forPerson(userId),
})

// Proxies limit the size of requests, and a lost one costs at most this.
const PART_BYTES = 8 * 1024 * 1024

/** Begins an upload, and returns its address. */
export async function createUpload(userId: string, name: string, size: number, stop: AbortSignal): Promise<string> {
  const answer = await ask(userId, "/v1/Uploads", stop, {
    method: "POST",
    headers: { "Upload-Length": String(size), "Upload-Metadata": `filename ${base64(name)}` },
  })
  return new URL(answer.headers.get("Location") ?? "", location.href).pathname
}

/** Sends what is missing of a file. `progress` hears how many bytes the server has. */
export async function sendRest(
  userId: string,
  address: string,
  file: Blob,
  progress: (sent: number) => void,
  stop: AbortSignal,
): Promise<void> {
  let offset = await offsetOf(userId, address, stop)
  progress(offset)
  while (offset < file.size) {
    const from = offset
    offset = await sendPart(
      userId,
      address,
      file.slice(from, from + PART_BYTES),
      from,
      (sent) => progress(from + sent),
      stop,
    )
    progress(offset)
  }
}

/** Gives up an upload. What is not there any more is no failure. */
export async function deleteUpload(userId: string, address: string): Promise<void> {
  await fetch(address, { method: "DELETE", headers: headersFor(userId) }).catch(() => {})
}

/** The id of the attachment that an upload becomes. */
export function attachmentIdIn(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1)
}

async function offsetOf(userId: string, address: string, stop: AbortSignal): Promise<number> {
  const answer = await ask(userId, address, stop, { method: "HEAD" })
  return Number(answer.headers.get("Upload-Offset"))
}

async function ask(userId: string, address: string, stop: AbortSignal, init: RequestInit): Promise<Response> {
  const answer = await fetch(address, {
    ...init,
    headers: { ...headersFor(userId), ...init.headers },
    signal: stop,
  }).catch((error: unknown) => {
    throw new Failure("unreachable", String(error))
  })
  if (!answer.ok) throw refusal(userId, answer, await answer.text())
  return answer
}

/** Only this kind of request tells how much of its body was sent. */
function sendPart(
  userId: string,
  address: string,
  part: Blob,
  offset: number,
  progress: (sent: number) => void,
  stop: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    request.open("PATCH", address)
    for (const [name, value] of Object.entries(headersFor(userId))) request.setRequestHeader(name, value)
    request.setRequestHeader("Content-Type", "application/offset+octet-stream")
    request.setRequestHeader("Upload-Offset", String(offset))
    request.upload.onprogress = ({ loaded }) => progress(loaded)
    request.onloadend = () => {
      stop.removeEventListener("abort", abort)
      if (request.status === 0) reject(new Failure("unreachable", "The connection was lost."))
      else if (request.status >= 400) reject(refusal(userId, answerOf(request), request.responseText))
      else resolve(Number(request.getResponseHeader("Upload-Offset")))
    }
    stop.addEventListener("abort", abort)
    if (stop.aborted) reject(new Failure("unreachable", "It was stopped."))
    else request.send(part)
  })
}

type Answer = Pick<Response, "status" | "headers">

function answerOf(request: XMLHttpRequest): Answer {
  const wait = request.getResponseHeader("Retry-After")
  return { status: request.status, headers: new Headers(wait ? { "Retry-After": wait } : {}) }
}

function refusal(userId: string, answer: Answer, body: string): Failure {
  const { status } = answer
  if (status === OTHER_PERSON) listeners.signedOut(userId)
  const { reason, message, details } = failureOf(answer, errorIn(body))
  // Another request still sends, or the offset was another one: asking for it again helps.
  if (status === 409 || status === 423) return new Failure("unavailable", message, details)
  return new Failure(status === 410 ? "missing" : reason, message, details)
}

/** What the server says. What stands between may answer something else. */
function errorIn(body: string): ErrorAnswer {
  try {
    return JSON.parse(body) ?? {}
  } catch {
    return {}
  }
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""))
}
