export const first = {
  welcome: "Willkommen, {name}",
  why: "Das ist Parlour für {agency}. Es gibt noch keine Chats.",
  inviteFirst: "Noch sind Sie allein hier. Laden Sie jemanden ein, dann können Sie sofort schreiben.",
  alone: "Außer Ihnen ist noch niemand hier. Sobald jemand dazukommt, können Sie schreiben.",
  write: "Jemandem schreiben",
  writeWhy: "Wählen Sie eine Person für einen direkten Chat, oder mehrere für eine Gruppe.",
  choose: "Nach Ihrem Geschmack",
  chooseWhy: "Wählen Sie Sprache, Farben und Benachrichtigungen.",
  toMe: "Zu Ihren Einstellungen",
}
