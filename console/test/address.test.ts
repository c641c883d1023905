import assert from "node:assert/strict"
import { test } from "node:test"
import { viewOf } from "../src/state/address"

const at = (path: string) => viewOf(new URL(path, "http://parlour.test"))
const onward = (query: string) => at(`/sign-in?${query}`)

test("an address names a view", () => {
  assert.deepEqual(at("/"), { name: "chats" })
  assert.deepEqual(at("/chats/0a1b"), { name: "chats", chatId: "0a1b" })
  assert.deepEqual(at("/chats/0a1b/m/2c3d"), { name: "chats", chatId: "0a1b", messageId: "2c3d" })
  assert.deepEqual(at("/contacts/0a1b?search=ada"), { name: "contacts", search: "ada", contactId: "0a1b" })
  assert.deepEqual(at("/me"), { name: "me" })
})

test("a sign-in leads on to what was asked for", () => {
  assert.deepEqual(onward(""), { name: "signIn", continue: "/chats" })
  assert.deepEqual(onward("continue=/contacts?search=ada"), { name: "signIn", continue: "/contacts?search=ada" })
  const asked = "http%3a%2f%2fparlour.test%2fv1%2fChat%3fskip%3d2"
  assert.deepEqual(onward(`redirect=${asked}`), { name: "signIn", continue: "/v1/Chat?skip=2" })
})

test("a link to the sign-in leads nobody to another server", () => {
  for (const wanted of ["https://other.test/x", "//other.test/x", "/\\other.test", "javascript:alert(1)", "http://"]) {
    assert.deepEqual(onward(`redirect=${encodeURIComponent(wanted)}`), { name: "signIn", continue: "/chats" })
  }
  for (const wanted of ["http://parlour.test//other.test/x", "/.//other.test/x"]) {
    assert.deepEqual(onward(`continue=${encodeURIComponent(wanted)}`), { name: "signIn", continue: "/other.test/x" })
  }
})
