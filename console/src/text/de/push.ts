export const push = {
  title: "Benachrichtigungen",
  unsupported: "Dieser Browser zeigt hier keine Benachrichtigungen. Dafür muss die Adresse mit https beginnen.",
  needsInstalling:
    "Legen Sie Parlour auf diesem Gerät zuerst auf den Home-Bildschirm: Teilen, dann Zum Home-Bildschirm.",
  blocked:
    "Benachrichtigungen sind in diesem Browser blockiert. Erlauben Sie sie in seinen Einstellungen für diese Seite.",
  off: "Von neuen Nachrichten erfahren Sie nichts, während Sie etwas anderes ansehen.",
  page: "Sie erfahren von neuen Nachrichten, solange Parlour offen ist, auch im Hintergrund.",
  push: "Sie erfahren von neuen Nachrichten, auch wenn Parlour geschlossen ist.",
  inThisBrowser: "In diesem Browser benachrichtigen",
  hidesText: "Nur den Namen des Chats zeigen",
  newMessage: "Neue Nachricht",
  test: "Test an mich senden",
  testBody: "In diesem Browser kommen Benachrichtigungen an.",
  tested: "Gesendet. Erscheint nichts, prüfen Sie die Benachrichtigungen Ihres Systems.",
  testRefused: "Der Dienst für Benachrichtigungen hat den Test abgelehnt.",
  testLate: "Der Test hat den Server noch nicht verlassen. Versuchen Sie es später noch einmal.",
  others: "Ihre anderen Browser",
  unnamed: "Ein Browser",
  lastSeen: "Zuletzt benutzt",
  remove: "Entfernen",
}
