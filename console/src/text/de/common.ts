export const common = {
  chats: "Chats",
  contacts: "Kontakte",
  invitations: "Einladungen",
  administration: "Verwaltung",
  me: "Ich",
  search: "Suche",
  main: "Hauptmenü",
  close: "Schließen",
  retry: "Noch einmal",
  offline: "Sie sind offline. Was Sie schreiben, wird später gesendet.",
  connecting: "Verbindung wird wiederhergestellt …",
}
