export const people = {
  notJoined: "noch nicht dabei",
}
