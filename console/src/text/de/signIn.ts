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
  unsentMessages: {
    one: "{count} Nachricht ist noch nicht gesendet.",
    other: "{count} Nachrichten sind noch nicht gesendet.",
  },
  unsentFiles: { one: "{count} Datei ist noch nicht gesendet.", other: "{count} Dateien sind noch nicht gesendet." },
  unsentWhy:
    "Wenn Sie angemeldet bleiben, wird das so bald wie möglich gesendet. Wenn Sie sich abmelden, geht es verloren.",
  allSent: "Inzwischen ist alles gesendet.",
  discardMessages: {
    one: "Abmelden und {count} Nachricht verwerfen",
    other: "Abmelden und {count} Nachrichten verwerfen",
  },
  discardFiles: { one: "Abmelden und {count} Datei verwerfen", other: "Abmelden und {count} Dateien verwerfen" },
  stay: "Bleiben",
}
