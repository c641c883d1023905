export const messages = {
  write: "Nachricht schreiben",
  send: "Senden",
  deleted: "Nachricht gelöscht",
  newest: "Neueste Nachrichten",
}
