// The address bar: each view has an address, so that reload, bookmarks, a second tab and the back button work.
import { computed, signal } from "@preact/signals"

export type View =
  | { readonly name: "chats"; readonly chatId?: string; readonly messageId?: string; readonly panel?: Panel }
  | { readonly name: "search"; readonly query: string; readonly chatId?: string; readonly messageId?: string }
  | { readonly name: "contacts"; readonly search: string; readonly contactId?: string }
  | { readonly name: "invitations" }
  | { readonly name: "administration" }
  | { readonly name: "me" }
  | { readonly name: "invite" }
  | { readonly name: "signIn"; readonly continue: string; readonly hasSignedOut?: true }

/** What the panel beside a chat shows. */
export type Panel = "members" | "settings"

export const address = signal(new URL(globalThis.location?.href ?? "http://localhost/"))

export const view = computed<View>(() => viewOf(address.value))

/** The view that an address names. Unknown ones name the chats. */
export function viewOf(url: URL): View {
  const [first, second, third, fourth] = url.pathname.split("/").slice(1).map(decoded)
  switch (first) {
    case "contacts":
      return {
        name: "contacts",
        search: url.searchParams.get("search") ?? "",
        ...(second ? { contactId: second } : {}),
      }
    case "search":
      return { name: "search", query: url.searchParams.get("query") ?? "", ...hitIn(url) }
    case "invitations":
    case "administration":
    case "me":
    case "invite":
      return { name: first }
    case "sign-in":
      return {
        name: "signIn",
        continue: onward(url),
        ...(url.searchParams.has("signed-out") ? { hasSignedOut: true } : {}),
      }
    default:
      return {
        name: "chats",
        ...(second ? { chatId: second } : {}),
        ...(third === "m" && fourth ? { messageId: fourth } : {}),
        ...(second ? panelIn(url) : {}),
      }
  }
}

/** A part of a path. A link may have been cut in the middle of a letter. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const ONWARD = "/chats"

/**
 * Where a sign-in leads: always to a path of this server, whatever the link says. The server names what a person asked
 * for without a sign-in as `redirect`, with its own address.
 */
function onward(url: URL): string {
  const wanted = url.searchParams.get("continue") ?? url.searchParams.get("redirect") ?? ONWARD
  if (!URL.canParse(wanted, url)) return ONWARD
  const { host, pathname, search, hash } = new URL(wanted, url)
  // Two slashes at the start would be the name of another host.
  return host === url.host ? `/${pathname.replace(/^\/+/, "")}${search}${hash}` : ONWARD
}

function panelIn(url: URL): { readonly panel?: Panel } {
  const panel = url.searchParams.get("panel")
  return panel === "members" || panel === "settings" ? { panel } : {}
}

/** The message of a search that is shown: `at` has its chat and its id. */
function hitIn(url: URL): { readonly chatId?: string; readonly messageId?: string } {
  const [chatId, messageId] = (url.searchParams.get("at") ?? "").split("/")
  return chatId && messageId ? { chatId, messageId } : {}
}

/** The address of a message within a search. */
export function hitAddress(query: string, chatId: string, messageId: string): string {
  return `/search?${new URLSearchParams({ query, at: `${chatId}/${messageId}` })}`
}

/** The address of a chat with something in its panel, or without. */
export function panelAddress(chatId: string, panel?: Panel): string {
  return `/chats/${chatId}${panel ? `?panel=${panel}` : ""}`
}

/** Goes to another address of the console. */
export function go(path: string, how: "push" | "replace" = "push"): void {
  const url = new URL(path, address.value)
  if (url.href === address.value.href) return
  if (how === "push") history.pushState({ from: address.value.pathname }, "", url)
  else history.replaceState(history.state, "", url)
  address.value = url
}

/** Goes up to a list, as the back button would if it leads there. */
export function goBack(path: string): void {
  const { from } = (history.state ?? {}) as { from?: string }
  if (from === new URL(path, address.value).pathname) history.back()
  else go(path, "replace")
}

const VIEWS = new Set(["", "chats", "search", "contacts", "invitations", "administration", "me"])

/** Goes on after the sign-in, to a view or to a page of the API. */
export function goOn(path: string): void {
  if (VIEWS.has(new URL(path, address.value).pathname.split("/")[1] ?? "")) go(path, "replace")
  else location.replace(path)
}

/** Follows the back button, and turns clicks on links of the console into changes of view. */
export function followAddress(): void {
  addEventListener("hashchange", () => {
    // Another link of an invitation, opened in the same tab, changes only what stands after the #.
    if (location.hash && view.peek().name === "invite") location.reload()
  })
  addEventListener("popstate", () => {
    address.value = new URL(location.href)
  })
  addEventListener("dragover", refuseFiles)
  addEventListener("drop", refuseFiles)
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a")
    if (!link || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    if (link.origin !== location.origin || link.target || !link.hasAttribute("data-view")) return
    event.preventDefault()
    if (link.classList.contains("back")) goBack(link.href)
    else go(link.href)
  })
}

/** A file that is dropped where none is taken would be opened in the place of the console. */
function refuseFiles(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return
  event.preventDefault()
  event.dataTransfer.dropEffect = "none"
}
