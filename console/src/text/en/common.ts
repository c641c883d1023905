export const common = {
  chats: "Chats",
  contacts: "Contacts",
  invitations: "Invitations",
  administration: "Administration",
  me: "Me",
  search: "Search",
  main: "Main",
  close: "Close",
  retry: "Try again",
  offline: "You are offline. What you write is sent later.",
  connecting: "Connecting again…",
}
