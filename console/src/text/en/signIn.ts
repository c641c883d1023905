export const signIn = {
  title: "Sign in",
  address: "E-mail address",
  password: "Password",
  submit: "Sign in",
  busy: "Signing in…",
  wrong: "The address or the password is wrong.",
  ended: "Your session has ended. Sign in to go on where you were.",
  signedOut: "You are signed out.",
  out: "Sign out",
}
