export const admin = {
  agency: "Agency",
  name: "Name",
  roles: "Roles to give",
  invite: "Invite your agents by e-mail. Each chooses a password, and finds the chats they are in.",
  mail: "Without a mail server the invitations wait in the outbox. The command parlour doctor tells.",
  programs: "For programs",
  programsWhy: "All that this console does is open to your own programs.",
  operations: "All operations",
  openapi: "OpenAPI description",
  types: "Types for several languages",
}
