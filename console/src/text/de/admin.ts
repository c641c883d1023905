export const admin = {
  agency: "Agentur",
  name: "Name",
  roles: "Rollen zu vergeben",
  invite: "Laden Sie Ihre Agenten per E-Mail ein. Jeder wählt ein Passwort und findet die Chats, in denen er ist.",
  mail: "Ohne Mailserver warten die Einladungen im Postausgang. Der Befehl parlour doctor sagt es.",
  programs: "Für Programme",
  programsWhy: "Alles, was diese Konsole tut, steht auch Ihren Programmen offen.",
  operations: "Alle Operationen",
  openapi: "OpenAPI-Beschreibung",
  types: "Typen für mehrere Sprachen",
}
