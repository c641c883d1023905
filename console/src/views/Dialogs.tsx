// The dialogs of the console. Each is loaded when it is first opened.
import { lazy } from "../components/lazy"
import type { Opened } from "./opened"

const Switcher = lazy(async () => (await import("./later")).Switcher)
const Shortcuts = lazy(async () => (await import("./later")).Shortcuts)
const SignOut = lazy(async () => (await import("./later")).SignOut)
const NewChat = lazy(async () => (await import("./later")).NewChat)
const AddPeople = lazy(async () => (await import("./later")).AddPeople)
const RenameChat = lazy(async () => (await import("./later")).RenameChat)
const LeaveChat = lazy(async () => (await import("./later")).LeaveChat)
const ArchiveChat = lazy(async () => (await import("./later")).ArchiveChat)

/** Fetches what is opened by keys, so that no key is lost that is pressed right after. */
export function preloadDialogs(): void {
  Switcher.preload()
  NewChat.preload()
}

export function Dialogs({ dialog }: { dialog: Opened }) {
  switch (dialog.name) {
    case "switcher":
      return <Switcher />
    case "shortcuts":
      return <Shortcuts />
    case "newChat":
      return <NewChat />
    case "signOut":
      return <SignOut />
    case "addPeople":
      return <AddPeople chatId={dialog.chatId} />
    case "rename":
      return <RenameChat chatId={dialog.chatId} />
    case "leave":
      return <LeaveChat chatId={dialog.chatId} />
    case "archive":
      return <ArchiveChat chatId={dialog.chatId} />
  }
}
