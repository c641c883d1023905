// Files on their way to the server. They are kept with their bytes until a message names them, so that they go on
// after a lost connection, and after a reload.
import { signal } from "@preact/signals"
import { type Attachment, DeleteAttachment, GetAttachment } from "../api/dtos"
import { call, Failure, type Told } from "../api/client"
import { pause, pauseBefore } from "./connection"
import { allOf, get, keep, remove, removeAllOf } from "./database"
import { newId } from "./ids"
import type { ChatId, UserId } from "./model"
import { state } from "./store"
import { alone, hear, tell } from "./tabs"
import { attachmentIdIn, createUpload, deleteUpload, sendRest } from "./tus"

export interface Upload {
  readonly uploadId: string
  readonly userId: UserId
  readonly chatId: ChatId
  readonly name: string
  readonly size: number
  readonly type: string
  /** How many bytes the server has. */
  readonly sent: number
  /** Waiting also means that the connection is lost: it goes on by itself. No message may name it while it is checked. */
  readonly status: "waiting" | "uploading" | "paused" | "checking" | "done" | "failed"
  /** Where it goes on, once it was begun. */
  readonly address: string | null
  /** What it has become, once the server has all of it. */
  readonly attachment: Attachment | null
  readonly failure: Told | null
  /** Whether it belongs to a message that waits, and no more to the composer. */
  readonly isSent: boolean
  /** When it was chosen, in milliseconds since 1970. */
  readonly chosen: number
}

/** All files on their way, in the order in which they were chosen. */
export const uploads = signal<readonly Upload[]>([])

// More at once would be no faster, and each would be later.
const MOST_AT_ONCE = 3

let owner: UserId | null = null
let lastChosen = 0
const files = new Map<string, Blob>()
const running = new Map<string, AbortController>()
/** The files that somebody gave up in this tab. */
const givenUp = new Set<string>()
/** The files that this tab has sent twice. */
const sentAgain = new Set<string>()
let whenDone: (chatId: ChatId) => void = () => {}

/** Sends files for a message of a chat. Returns their ids, which `send` takes. */
export function addFiles(chatId: ChatId, chosen: Iterable<File>): string[] {
  // The page is shown a moment before the uploads are opened.
  const whose = owner ?? state.peek()?.me.userId
  if (!whose) throw new Error("Nobody is signed in.")
  const added = Array.from(chosen, (file): Upload => {
    const uploadId = newId()
    files.set(uploadId, file)
    lastChosen = Math.max(Date.now(), lastChosen + 1)
    return {
      uploadId,
      userId: whose,
      chatId,
      name: file.name,
      size: file.size,
      type: file.type,
      sent: 0,
      status: "waiting",
      address: null,
      attachment: null,
      failure: null,
      isSent: false,
      chosen: lastChosen,
    }
  })
  uploads.value = [...uploads.value, ...added]
  for (const upload of added) {
    void keep("files", keyOf(upload), files.get(upload.uploadId)).catch(() => {})
    void kept(upload)
  }
  runNext()
  return added.map((each) => each.uploadId)
}

/** Gives up a file, wherever it is. */
export async function cancelUpload(uploadId: string): Promise<void> {
  const upload = find(uploadId)
  if (!upload) return
  givenUp.add(uploadId)
  running.get(uploadId)?.abort()
  await forgetUploads([uploadId])
  whenDone(upload.chatId)
  if (upload.attachment)
    await call(new DeleteAttachment({ attachmentId: upload.attachment.attachmentId })).catch(() => {})
  else if (upload.address) await deleteUpload(upload.userId, upload.address)
}

export function pauseUpload(uploadId: string): void {
  change(uploadId, { status: "paused" })
  running.get(uploadId)?.abort()
}

/** Goes on with a file that was paused, or tries a refused one again. */
export function resumeUpload(uploadId: string): void {
  change(uploadId, { status: "waiting", failure: null })
  runNext()
}

/** The bytes of a file, to show a picture of it. Null in another tab than that which chose it. */
export function fileOf(uploadId: string): Blob | null {
  return files.get(uploadId) ?? null
}

/**
 * What the files of a message have become: not yet known, or why one was refused. Those given up are left out. Others
 * are missing where the browser had no room to keep them, and a message must not go without them unnoticed.
 */
export function uploadedFor(uploadIds: readonly string[]): string[] | "waiting" | Failure {
  if (uploadIds.some((id) => !find(id) && !givenUp.has(id))) return lost()
  const found = uploadIds.map(find).filter((each) => each !== undefined)
  const failed = found.find((each) => each.failure)?.failure
  if (failed) return new Failure(failed.reason, failed.message, failed.details)
  const ids = found.map((each) => (each.status === "done" ? each.attachment?.attachmentId : undefined))
  return ids.every((id) => id !== undefined) ? ids : "waiting"
}

/** The files belong to a message now. */
export function takeUploads(uploadIds: readonly string[]): void {
  for (const uploadId of uploadIds) change(uploadId, { isSent: true })
  for (const uploadId of uploadIds) if (find(uploadId)?.status === "paused") resumeUpload(uploadId)
}

/** The files belong to the composer again. */
export function giveBackUploads(uploadIds: readonly string[]): void {
  for (const uploadId of uploadIds) change(uploadId, { isSent: false })
}

/** Forgets files: a message has them, or they were given up. */
export async function forgetUploads(uploadIds: readonly string[]): Promise<void> {
  const gone = uploadIds.map(find).filter((each) => each !== undefined)
  if (gone.length === 0) return
  uploads.value = uploads.value.filter((each) => !gone.includes(each))
  for (const upload of gone) {
    files.delete(upload.uploadId)
    await remove("uploads", keyOf(upload)).catch(() => {})
    await remove("files", keyOf(upload)).catch(() => {})
  }
  tell({ kind: "uploads" })
}

/**
 * Sends files again that the server does not have any more: it keeps those that no message names for a day. Returns
 * false if that was done before.
 */
export function uploadAgain(uploadIds: readonly string[]): boolean {
  const lost = uploadIds.filter((id) => find(id)?.status === "done" && !sentAgain.has(id))
  for (const id of lost) {
    sentAgain.add(id)
    change(id, { status: "waiting", address: null, attachment: null, sent: 0 })
  }
  runNext()
  return lost.length > 0
}

/** Who hears that a file of a chat is there, or given up. */
export function whenUploaded(listener: (chatId: ChatId) => void): void {
  whenDone = listener
}

/** Goes on with the files of a person. */
export async function openUploads(userId: UserId): Promise<void> {
  owner = userId
  await reload()
  runNext()
}

export function closeUploads(): void {
  owner = null
  for (const stop of running.values()) stop.abort()
  uploads.value = []
  files.clear()
}

/** Removes the files of a person from this browser. */
export async function forgetAllUploads(userId: UserId): Promise<void> {
  await removeAllOf("uploads", userId).catch(() => {})
  await removeAllOf("files", userId).catch(() => {})
}

hear("uploads", () => void reload())

function keyOf(upload: Upload): string {
  return `${upload.userId}/${upload.uploadId}`
}

function find(uploadId: string): Upload | undefined {
  return uploads.value.find((each) => each.uploadId === uploadId)
}

/** Changes an upload, and keeps it unless only its progress changed. */
function change(uploadId: string, members: Partial<Upload>): void {
  uploads.value = uploads.value.map((each) => (each.uploadId === uploadId ? { ...each, ...members } : each))
  const upload = find(uploadId)
  if (upload && Object.keys(members).some((name) => name !== "sent")) void kept(upload)
}

async function kept(upload: Upload): Promise<void> {
  // While it is kept nobody sends it, or asks whether it was checked: after a reload it waits.
  const status = upload.status === "uploading" || upload.status === "checking" ? "waiting" : upload.status
  await keep("uploads", keyOf(upload), { ...upload, status }).catch(() => {})
  tell({ kind: "uploads" })
}

/** Takes over what is kept. What this tab is sending, or has only just got, stays as it is. */
async function reload(): Promise<void> {
  const whose = owner
  if (whose === null) return
  const found = await allOf<Upload>("uploads", whose).catch(() => null)
  if (!found || owner !== whose) return
  const here = uploads.peek()
  const others = found.filter(
    (each) => !files.has(each.uploadId) || !here.some((mine) => mine.uploadId === each.uploadId),
  )
  const mine = here.filter((each) => files.has(each.uploadId))
  uploads.value = [...mine, ...others].sort((one, other) => one.chosen - other.chosen)
  for (const { chatId, attachment } of others) if (attachment) whenDone(chatId)
}

/** Sends the next files, if there is room. */
function runNext(): void {
  for (const upload of uploads.value) {
    if ([...running.keys()].filter((id) => find(id)?.status !== "checking").length >= MOST_AT_ONCE) return
    if (upload.status === "waiting" && !running.has(upload.uploadId)) void run(upload.uploadId)
  }
}

async function run(uploadId: string): Promise<void> {
  const stop = new AbortController()
  running.set(uploadId, stop)
  // Another tab may be sending it.
  await alone(`parlour-upload/${uploadId}`, () => sendFile(uploadId, stop.signal))
  running.delete(uploadId)
  runNext()
}

async function sendFile(uploadId: string, stop: AbortSignal): Promise<void> {
  for (let attempt = 0; !stop.aborted; attempt++) {
    const upload = find(uploadId)
    if (upload?.status !== "waiting") return
    try {
      await sendOnce(upload, stop)
      return whenDone(upload.chatId)
    } catch (error) {
      if (stop.aborted || !find(uploadId)) return
      const failure = error instanceof Failure ? error : new Failure("refused", String(error))
      if (failure.reason === "missing" && upload.address)
        change(uploadId, { address: null, sent: 0, status: "waiting" })
      else if (failure.isPassing || failure.reason === "signedOut") change(uploadId, { status: "waiting" })
      else {
        change(uploadId, { status: "failed", failure: failure.told })
        return whenDone(upload.chatId)
      }
      await pause(pauseBefore(attempt), stop)
    }
  }
}

async function sendOnce(upload: Upload, stop: AbortSignal): Promise<void> {
  const { uploadId, userId, name, size } = upload
  const file = files.get(uploadId) ?? (await get<Blob>("files", keyOf(upload)))
  if (!file) throw lost()
  files.set(uploadId, file)
  change(uploadId, { status: "uploading" })
  const address = upload.address ?? (await createUpload(userId, name, size, stop))
  change(uploadId, { address })
  await sendRest(userId, address, file, (sent) => change(uploadId, { sent }), stop)
  const attachment = await checked(uploadId, attachmentIdIn(address), stop)
  if (attachment?.state === "refused")
    throw new Failure("refused", "The scanner refused it.", { values: { Reason: "FileIsInfected" } })
  change(uploadId, { status: "done", sent: size, attachment })
}

/** The failure of a file that the browser does not have any more. */
function lost(): Failure {
  return new Failure("refused", "The file is not there any more.", { values: { Reason: "FileWasLost" } })
}

/** What a file has become, once the virus scanner of the server has looked at it. It may be down for a long time. */
async function checked(uploadId: string, attachmentId: string, stop: AbortSignal): Promise<Attachment | null> {
  for (let attempt = 0; ; attempt++) {
    const { attachment = null } = await call(new GetAttachment({ attachmentId }), stop)
    if (attachment?.state !== "checking") return attachment
    if (attempt === 0) change(uploadId, { status: "checking", sent: attachment.size, attachment })
    // Others can be sent meanwhile.
    runNext()
    await pause(pauseBefore(attempt), stop)
  }
}
