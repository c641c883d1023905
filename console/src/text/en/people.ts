export const people = {
  notJoined: "not joined yet",
}
