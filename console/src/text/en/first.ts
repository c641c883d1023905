export const first = {
  welcome: "Welcome, {name}",
  why: "This is the Parlour of {agency}. There are no chats yet.",
  inviteFirst: "You are the first one here. Invite somebody, and you can write to them at once.",
  alone: "Nobody else is here yet. You can write to others as soon as they join.",
  write: "Write to somebody",
  writeWhy: "Choose one person for a direct chat, or several for a group.",
  choose: "Make it yours",
  chooseWhy: "Choose your language, the theme and what notifies you.",
  toMe: "To your settings",
}
