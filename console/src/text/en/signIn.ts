export const signIn = {
  title: "Sign in",
  address: "E-mail address",
  password: "Password",
  submit: "Sign in",
  wrong: "The address or the password is wrong.",
}
