export const signIn = {
  title: "Anmelden",
  address: "E-Mail-Adresse",
  password: "Passwort",
  submit: "Anmelden",
  wrong: "Die Adresse oder das Passwort ist falsch.",
}
