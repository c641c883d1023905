export const chats = {
  none: "Noch keine Chats",
  choose: "Wählen Sie einen Chat",
  gone: "Diesen Chat gibt es nicht, oder Sie sind nicht darin.",
  unread: { one: "{count} ungelesene Nachricht", other: "{count} ungelesene Nachrichten" },
}
