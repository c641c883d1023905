export const first = {
  welcome: "Willkommen, {name}",
  why: "Das ist Parlour für {agency}. Es gibt noch keine Chats.",
  write: "Jemandem schreiben",
  writeWhy: "Wählen Sie eine Person für einen direkten Chat, oder mehrere für eine Gruppe.",
  choose: "Nach Ihrem Geschmack",
  chooseWhy: "Wählen Sie Sprache, Farben und Benachrichtigungen.",
  toMe: "Zu Ihren Einstellungen",
}
