export const messages = {
  write: "Write a message",
  send: "Send",
  deleted: "Message deleted",
  newest: "Newest messages",
}
