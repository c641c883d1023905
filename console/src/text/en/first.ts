export const first = {
  welcome: "Welcome, {name}",
  why: "This is the Parlour of {agency}. There are no chats yet.",
  write: "Write to somebody",
  writeWhy: "Choose one person for a direct chat, or several for a group.",
  choose: "Make it yours",
  chooseWhy: "Choose your language, the theme and what notifies you.",
  toMe: "To your settings",
}
