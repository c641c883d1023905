export const signIn = {
  title: "Anmelden",
  address: "E-Mail-Adresse",
  password: "Passwort",
  submit: "Anmelden",
  busy: "Anmeldung läuft …",
  wrong: "Die Adresse oder das Passwort ist falsch.",
  ended: "Ihre Sitzung ist beendet. Melden Sie sich an, um dort weiterzumachen.",
  signedOut: "Sie sind abgemeldet.",
  out: "Abmelden",
}
