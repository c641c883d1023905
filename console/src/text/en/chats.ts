export const chats = {
  none: "No chats yet",
  choose: "Choose a chat",
  gone: "This chat is not there, or you are not in it.",
  unread: { one: "{count} unread message", other: "{count} unread messages" },
}
