import assert from "node:assert/strict"
import { test } from "node:test"
import { isQuestion } from "../src/state/query"

test("words, phrases, senders and files are questions", () => {
  for (const query of ["wall", '"green wall', "from:ben", 'from:"Ben Frost" in:team', "has:Attachment", "2026", "看"])
    assert.equal(isQuestion(query), true, query)
})

test("a chat or a time alone asks for nothing", () => {
  for (const query of ["", "in:0123456789abcdef0123456789abcdef ", 'in:"Team"', "after:2026-01-31", '"', "!?"])
    assert.equal(isQuestion(query), false, query)
})

test("a filter that is still being written is no question yet", () => {
  for (const query of ["wall in:", "wall FROM:", 'wall from:"', "wall after:2026-0", "wall has:att", "from:ben has:"])
    assert.equal(isQuestion(query), false, query)
  assert.equal(isQuestion("wall after:2026-01-31"), true)
})

test("what the server does not know is asked, since it says why", () => {
  for (const query of ["has:wings", "wall before:soon"]) assert.equal(isQuestion(query), true, query)
})
