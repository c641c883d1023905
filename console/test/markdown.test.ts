import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type Block,
  type Inline,
  hiddenHost,
  isOnlyEmoji,
  type Item,
  type List,
  parse,
  plain,
  safeAddress,
  wordsOf,
} from "../src/text/markdown"

const ADA = { userId: "a1", name: "Ada Young" }
const AD = { userId: "a2", name: "Ada" }

function inline(text: string): readonly Inline[] {
  const [first] = parse(text, [AD, ADA])
  return first?.kind === "paragraph" ? first.children : []
}

test("marks become nodes", () => {
  assert.deepEqual(inline("a **bold** and *thin* _thin_ ~~gone~~"), [
    "a ",
    { kind: "bold", children: ["bold"] },
    " and ",
    { kind: "italic", children: ["thin"] },
    " ",
    { kind: "italic", children: ["thin"] },
    " ",
    { kind: "strike", children: ["gone"] },
  ])
  assert.deepEqual(inline("**a *b* c**"), [
    { kind: "bold", children: ["a ", { kind: "italic", children: ["b"] }, " c"] },
  ])
})

test("marks that mean nothing stay text", () => {
  for (const text of [
    "2*3*4",
    "snake_case_name",
    "a * b * c",
    "** no **",
    "~ one ~",
    "[not] a link",
    "****",
    "**",
    "a*",
    "`",
    "``",
    "<b>x</b>",
  ]) {
    assert.deepEqual(inline(text), [text], text)
  }
})

test("overlapping marks keep all words", () => {
  assert.equal(wordsOf(inline("**a *b** c*")), "a *b c*")
  assert.equal(wordsOf(inline("*a **b* c**")), "a **b c**")
})

test("code keeps its marks", () => {
  assert.deepEqual(inline("use `**x**` here"), ["use ", { kind: "code", text: "**x**" }, " here"])
  assert.deepEqual(parse("```js\na  *b*\n\nc\n```\nafter"), [
    { kind: "code", text: "a  *b*\n\nc" },
    { kind: "paragraph", children: ["after"] },
  ])
  assert.deepEqual(parse("```\nnever closed"), [{ kind: "code", text: "never closed" }])
  assert.deepEqual(parse("```one line```"), [{ kind: "code", text: "one line" }])
})

test("quotes and lists are blocks", () => {
  assert.deepEqual(parse("> one\n> two\nthree"), [
    { kind: "quote", blocks: [{ kind: "paragraph", children: ["one\ntwo"] }] },
    { kind: "paragraph", children: ["three"] },
  ])
  assert.deepEqual(parse("- a\n  b\n- c"), [{ kind: "list", start: null, items: [["a\nb"], ["c"]] }])
  assert.deepEqual(parse("3. a\n4. b"), [{ kind: "list", start: 3, items: [["a"], ["b"]] }])
  assert.deepEqual(parse("-no"), [{ kind: "paragraph", children: ["-no"] }])
})

test("lists are within the items of others", () => {
  const list = (start: number | null, ...items: Item[]): List => ({ kind: "list", start, items })
  assert.deepEqual(parse("- a\n  - b\n    - c\n  - d\n- e"), [
    list(null, ["a", list(null, ["b", list(null, ["c"])], ["d"])], ["e"]),
  ])
  assert.deepEqual(parse("1. a\n   more\n   - b\n     more\n   - c\n2. d"), [
    list(1, ["a\nmore", list(null, ["b\nmore"], ["c"])], ["d"]),
  ])
  assert.deepEqual(parse("- a\n    - b\n  more\n    1. c\n- d"), [
    list(null, ["a", list(null, ["b\nmore"]), list(1, ["c"])], ["d"]),
  ])
  assert.equal(plain("- a\n  - **b**\n- c"), "a b c")
})

test("a list is only so deep", () => {
  const text = Array.from({ length: 100 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n")
  assert.ok(depthOf(parse(text)) < 20)
  assert.equal(plain(text).replace(/[- ]/g, ""), "x".repeat(100))
})

test("links are safe ones", () => {
  assert.deepEqual(inline("[here](https://example.com/a_(b))"), [
    { kind: "link", href: "https://example.com/a_(b)", children: ["here"] },
  ])
  assert.deepEqual(inline("see https://example.com/x_y_z."), [
    "see ",
    { kind: "link", href: "https://example.com/x_y_z", children: ["https://example.com/x_y_z"] },
    ".",
  ])
  assert.deepEqual(inline("(http://example.com/)"), [
    "(",
    { kind: "link", href: "http://example.com/", children: ["http://example.com/"] },
    ")",
  ])
  for (const text of [
    "[x](javascript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](/chats)",
    "[x](vbscript:a)",
    "https://",
  ]) {
    assert.equal(JSON.stringify(parse(text)).includes('"link"'), false, text)
  }
  for (const address of [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:a",
    "java\nscript:a",
    "blob:x",
    "//x",
  ]) {
    assert.equal(safeAddress(address), "", address)
  }
})

test("names become mentions, the longest first", () => {
  assert.deepEqual(inline("@Ada Young and @Ada, not @Adam or x@Ada"), [
    { kind: "mention", ...ADA },
    " and ",
    { kind: "mention", ...AD },
    ", not @Adam or x@Ada",
  ])
})

test("a backslash makes a mark a letter", () => {
  assert.deepEqual(inline("\\*not thin\\* \\n"), ["*not thin* \\n"])
})

test("plain text has one line", () => {
  assert.equal(plain("**Hello**\n> you\n- a\n- b\n```\nx\n```"), "Hello you a b x")
})

test("only emoji", () => {
  for (const text of ["👋", "🎉🎉 🎉", "👨‍👩‍👧", "🇩🇪", "❤️", "1️⃣", "👍🏽"]) assert.equal(isOnlyEmoji(text), true, text)
  for (const text of ["", "a", "1", "👋 hi", "👋👋👋👋👋👋👋"]) assert.equal(isOnlyEmoji(text), false, text)
})

/** Numbers that only look random: the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield state >>> 8
  }
}

const PIECES = [
  "*",
  "**",
  "_",
  "~~",
  "`",
  "```",
  "[",
  "]",
  "(",
  ")",
  "](",
  "https://a.b",
  "@Ada",
  "\\",
  "\n",
  "> ",
  "- ",
  "1. ",
  " ",
  "a",
  "é",
  "👋",
  "<b>",
]

test("any text keeps its letters, and its tree stays shallow", () => {
  const random = numbers(7)
  const pick = () => PIECES[random.next().value % PIECES.length] ?? ""
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: 30 }, pick).join("")
    const blocks = parse(text, [AD])
    assert.ok(depthOf(blocks) < 40)
    const kept = [...wordsOfAll(blocks)].filter((letter) => /[aé👋]/u.test(letter)).length
    const expected = [...text].filter((letter) => /[aé👋]/u.test(letter)).length
    // An address and the word behind a fence may be shown only as a target or not at all.
    if (!text.includes("](") && !text.includes("```")) assert.equal(kept, expected, JSON.stringify(text))
  }
})

function wordsOfAll(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "code") return block.text
      if (block.kind === "quote") return wordsOfAll(block.blocks)
      return block.kind === "list" ? block.items.map(wordsOf).join("\n") : wordsOf(block.children)
    })
    .join("\n")
}

function depthOf(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map(depthOf))
  if (typeof node !== "object" || node === null) return 0
  const { children, blocks, items } = node as Record<string, unknown>
  return 1 + depthOf(children ?? blocks ?? items)
}

const HOSTILE = [
  "*",
  "**a",
  "_a ",
  "[",
  "[](",
  "[a](b",
  "`",
  "``",
  "> ",
  ">",
  "- ",
  "https://a",
  "h",
  "@",
  "\\",
  "~~",
  "](",
  "(",
  "```\n",
  "**_",
  "@Ada",
  "http://)",
]

test("a hostile text is read in one pass", () => {
  // Two passes for each letter would be ten thousand million steps, which no run of the tests would survive.
  for (const piece of HOSTILE) {
    const blocks = parse(piece.repeat(100_000 / piece.length), [AD, ADA])
    assert.ok(depthOf(blocks) < 40, piece)
  }
})

test("a link whose words are another address says where it leads", () => {
  const leadsTo = (words: string) => hiddenHost("https://evil.example/login", words)
  for (const words of [
    "https://bank.example",
    "www.bank.example",
    "bank.example/login",
    "http://[",
    "https://evil.example\u202e",
  ]) {
    assert.equal(leadsTo(words), "evil.example", words)
  }
  for (const words of ["the bank", "https://evil.example/other", "evil.example", "Is it 3.5 or 4?", ""]) {
    assert.equal(leadsTo(words), "", words)
  }
  assert.equal(hiddenHost("mailto:ada@demo.example", "mailto:ada@demo.example"), "")
})
