import assert from "node:assert/strict"
import { test } from "node:test"
import { size } from "../src/text/sizes"

test("sizes are said as people say them", () => {
  const said = [0, 1, 4, 2_000, 1_440_000].map(size)
  assert.deepEqual(said, ["0 bytes", "1 byte", "4 bytes", "2 kB", "1.4 MB"])
})
