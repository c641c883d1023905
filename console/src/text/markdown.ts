// A small Markdown as people write it in chats, parsed to a tree. Views draw the tree; no markup is ever made of text.
// The parser reads each letter a bounded number of times, so that a hostile text costs no more than another one.

export type Inline =
  | string
  | { readonly kind: "bold" | "italic" | "strike"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "mention"; readonly name: string; readonly userId: string }

export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | List

export interface List {
  readonly kind: "list"
  /** The first number. Null without numbers. */
  readonly start: number | null
  readonly items: readonly Item[]
}

/** The text of an item, then the lists below it. */
export type Item = readonly (Inline | List)[]

/** A person whom a text may name, by `@` and their name. */
export interface Named {
  readonly userId: string
  readonly name: string
}

// Nobody nests deeper by intention, and views draw the tree by recursion.
const DEEPEST = 4
const MOST_OPEN = 16

const LIST_ITEM = /^ {0,3}(?:[-*+]|(\d{1,9})[.)]) +(?=\S)/
// What is indented this much below an item belongs to it.
const INDENT = 2
const FENCE = /^ {0,3}```/

export function parse(text: string, named: readonly Named[] = []): readonly Block[] {
  const longestFirst = [...named].sort((one, other) => other.name.length - one.name.length)
  return blocksOf(text.split("\n"), longestFirst, 0)
}

function blocksOf(lines: readonly string[], named: readonly Named[], depth: number): readonly Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ""
    if (line.trim() === "") at += 1
    else if (FENCE.test(line)) at = code(lines, at, blocks)
    else if (isQuote(line, depth)) at = quote(lines, at, blocks, named, depth)
    else if (LIST_ITEM.test(line)) at = list(lines, at, blocks, named, depth)
    else at = paragraph(lines, at, blocks, named, depth)
  }
  return blocks
}

function isQuote(line: string, depth: number): boolean {
  return depth < DEEPEST && line.startsWith(">")
}

/** A code block ends at the next fence, or with the text. */
function code(lines: readonly string[], from: number, blocks: Block[]): number {
  const opening = (lines[from] ?? "").trim().slice(3)
  // A fence with code on its own line, as in ```one line```.
  if (opening.length > 3 && opening.endsWith("```")) {
    blocks.push({ kind: "code", text: opening.slice(0, -3) })
    return from + 1
  }
  let end = from + 1
  while (end < lines.length && !FENCE.test(lines[end] ?? "")) end += 1
  // A single word behind the fence is the language. Anything else is code.
  const first = /^\w*$/.test(opening) ? [] : [opening]
  blocks.push({ kind: "code", text: [...first, ...lines.slice(from + 1, end)].join("\n") })
  return end + 1
}

function quote(
  lines: readonly string[],
  from: number,
  blocks: Block[],
  named: readonly Named[],
  depth: number,
): number {
  let end = from
  while (end < lines.length && (lines[end] ?? "").startsWith(">")) end += 1
  const inner = lines.slice(from, end).map((line) => line.replace(/^> ?/, ""))
  blocks.push({ kind: "quote", blocks: blocksOf(inner, named, depth + 1) })
  return end
}

/** A list within an item has the lines of its item only, so that it goes on to the end of them. */
function list(
  lines: readonly string[],
  from: number,
  blocks: { push: (block: List) => unknown },
  named: readonly Named[],
  depth: number,
  isWithin = false,
): number {
  const first = lines[from] ?? ""
  const number = LIST_ITEM.exec(first)?.[1]
  const items: string[][] = []
  let at = from
  while (at < lines.length) {
    const line = lines[at] ?? ""
    const item = LIST_ITEM.exec(line)
    const isInner = items.length > 0 && indentOf(line) >= indentOf(first) + INDENT
    // Another kind of item begins another list.
    if (!isInner && item && (item[1] === undefined) === (number === undefined)) items.push([line.slice(item[0].length)])
    else if (isInner || (isWithin && !item)) items.at(-1)?.push(line)
    else break
    at += 1
  }
  const start = number === undefined ? null : Number(number)
  blocks.push({ kind: "list", start, items: items.map((item) => itemOf(item, named, depth)) })
  return at
}

function itemOf([first = "", ...inner]: readonly string[], named: readonly Named[], depth: number): Item {
  const indent = indentOf(inner[0] ?? "")
  const below = inner.map((line) => line.slice(Math.min(indent, indentOf(line))))
  const begin = depth < DEEPEST ? below.findIndex((line) => LIST_ITEM.test(line)) : -1
  const text = [first, ...(begin < 0 ? below : below.slice(0, begin)).map((line) => line.trim())]
  const lists: List[] = []
  let at = begin < 0 ? below.length : begin
  while (at < below.length) at = list(below, at, lists, named, depth + 1, true)
  return [...inlines(text.join("\n"), named), ...lists]
}

function indentOf(line: string): number {
  return line.search(/\S|$/)
}

function paragraph(
  lines: readonly string[],
  from: number,
  blocks: Block[],
  named: readonly Named[],
  depth: number,
): number {
  let end = from + 1
  while (end < lines.length) {
    const line = lines[end] ?? ""
    if (line.trim() === "" || FENCE.test(line) || isQuote(line, depth) || LIST_ITEM.test(line)) break
    end += 1
  }
  blocks.push({ kind: "paragraph", children: inlines(lines.slice(from, end).join("\n"), named) })
  return end
}

type Mark = "**" | "*" | "_" | "~~" | "["
const KINDS = { "**": "bold", "*": "italic", _: "italic", "~~": "strike" } as const

/** Something that was opened, with what came since. It becomes a node when it is closed, and else stays text. */
interface Open {
  readonly mark: Mark
  readonly children: Inline[]
}

function inlines(text: string, named: readonly Named[]): readonly Inline[] {
  const done: Inline[] = []
  const open: Open[] = []
  const current = () => open.at(-1)?.children ?? done
  let noMoreCode = false
  let at = 0
  while (at < text.length) {
    const letter = text[at] ?? ""
    if (!/[\\`*_~[\]@hH]/.test(letter)) {
      const end = endOfWords(text, at)
      add(current(), text.slice(at, end))
      at = end
      continue
    }
    const next = text[at + 1] ?? ""
    if (letter === "\\" && /[\\`*_~[\]()>#@:-]/.test(next)) {
      add(current(), next)
      at += 2
      continue
    }
    if (letter === "`" && !noMoreCode) {
      const end = text.indexOf("`", at + 1)
      if (end > at + 1) {
        current().push({ kind: "code", text: text.slice(at + 1, end) })
        at = end + 1
        continue
      }
      noMoreCode = end < 0
    }
    if (letter === "]" && next === "(" && open.some(({ mark }) => mark === "[")) {
      const target = /^\(([^\s()<>[\]]{1,2000}(?:\([^\s()<>[\]]{0,200}\)[^\s()<>[\]]{0,200})?)\)/.exec(
        text.slice(at + 1, at + 2600),
      )
      const href = safeAddress(target?.[1] ?? "")
      if (target && href) {
        close(open, done, "[", (children) => ({ kind: "link", href, children }))
        at += 1 + target[0].length
        continue
      }
    }
    const url = /[hH]/.test(letter) ? addressAt(text, at) : ""
    if (url) {
      const href = safeAddress(url)
      // A link within a link would be two in one place.
      if (href && !open.some(({ mark }) => mark === "[")) current().push({ kind: "link", href, children: [url] })
      else add(current(), url)
      at += url.length
      continue
    }
    const person = letter === "@" && !isWord(text[at - 1]) ? nameAt(text, at + 1, named) : undefined
    if (person) {
      current().push({ kind: "mention", ...person })
      at += 1 + person.name.length
      continue
    }
    const mark = markAt(text, at)
    if (mark === null) {
      add(current(), letter)
      at += 1
      continue
    }
    at += mark.length
    if (closes(text, at - mark.length, mark) && open.some((each) => each.mark === mark)) {
      close(open, done, mark, (children) => ({ kind: KINDS[mark as keyof typeof KINDS], children }))
    } else if (open.length < MOST_OPEN && opens(text, at - mark.length, mark)) {
      open.push({ mark, children: [] })
    } else {
      add(current(), mark)
    }
  }
  while (open.length > 0) giveUp(open, done)
  return done
}

/** Where the run of letters ends that mean nothing. */
function endOfWords(text: string, from: number): number {
  const special = /[\\`*_~[\]@hH]/g
  special.lastIndex = from
  return special.exec(text)?.index ?? text.length
}

function add(to: Inline[], text: string): void {
  const last = to.at(-1)
  if (typeof last === "string") to[to.length - 1] = last + text
  else to.push(text)
}

/** Ends what was opened last with this mark. What was opened since then was no mark, but text. */
function close(open: Open[], done: Inline[], mark: Mark, node: (children: readonly Inline[]) => Inline): void {
  while (open.at(-1)?.mark !== mark) giveUp(open, done)
  const { children } = open.pop() as Open
  const target = open.at(-1)?.children ?? done
  if (children.length === 0) add(target, mark + mark)
  else target.push(node(children))
}

function giveUp(open: Open[], done: Inline[]): void {
  const { mark, children } = open.pop() as Open
  const target = open.at(-1)?.children ?? done
  add(target, mark)
  for (const child of children) typeof child === "string" ? add(target, child) : target.push(child)
}

function markAt(text: string, at: number): Mark | null {
  const letter = text[at]
  if (letter === "[" || letter === "_") return letter
  if (letter === "*") return text[at + 1] === "*" ? "**" : "*"
  return letter === "~" && text[at + 1] === "~" ? "~~" : null
}

/** A mark opens before a letter. `*` and `_` do so only at the beginning of a word: `2*3*4` and `a_b_c` are text. */
function opens(text: string, at: number, mark: Mark): boolean {
  if (mark === "[") return true
  const next = text[at + mark.length]
  return next !== undefined && !/\s/.test(next) && (mark.length === 2 || !isWord(text[at - 1]))
}

function closes(text: string, at: number, mark: Mark): boolean {
  if (mark === "[" || /\s/.test(text[at - 1] ?? " ")) return false
  return mark.length === 2 || !isWord(text[at + mark.length])
}

function isWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}]/u.test(letter)
}

function nameAt(text: string, at: number, named: readonly Named[]): Named | undefined {
  return named.find(({ name }) => name !== "" && text.startsWith(name, at) && !isWord(text[at + name.length]))
}

/** An address that stands in the text, without the punctuation that ends its sentence. Empty if there is none. */
function addressAt(text: string, at: number): string {
  if (isWord(text[at - 1])) return ""
  const start = /^https?:\/\//i.exec(text.slice(at, at + 8))
  if (!start) return ""
  const stop = /[\s<>"`]/g
  stop.lastIndex = at
  let end = stop.exec(text)?.index ?? text.length
  let tooMany = closedMoreOften(text.slice(at, end))
  while (end > at) {
    const last = text[end - 1] ?? ""
    if (last === ")" && tooMany > 0) tooMany -= 1
    else if (!/[.,;:!?'*_~\]]/.test(last)) break
    end -= 1
  }
  return end - at > start[0].length ? text.slice(at, end) : ""
}

function closedMoreOften(text: string): number {
  let count = 0
  for (const letter of text) count += letter === ")" ? 1 : letter === "(" ? -1 : 0
  return count
}

const SAFE = new Set(["http:", "https:", "mailto:", "tel:"])

/** The address if a link to it is safe, else empty. */
export function safeAddress(address: string): string {
  try {
    const url = new URL(address)
    return SAFE.has(url.protocol) ? url.href : ""
  } catch {
    return ""
  }
}

/** The host that a link leads to, if its words look like the address of another one. Empty for all other links. */
export function hiddenHost(href: string, words: string): string {
  // Letters that change the direction of writing could show one address as another.
  const said = words.replace(/\p{Cf}/gu, "").trim()
  if (!/^(?:[a-z]+:|www\.|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?:[/:?#]|$))/iu.test(said)) return ""
  const { host, protocol } = new URL(href)
  const address = /^[a-z]+:/i.test(said) ? said : `https://${said}`
  if (!protocol.startsWith("http")) return ""
  return words === said && URL.canParse(address) && new URL(address).host === host ? "" : host
}

/** A text without its marks and in one line, for quotes, lists and screen readers. */
export function plain(text: string): string {
  return parse(text).map(wordsOfBlock).join(" ").replace(/\s+/g, " ").trim()
}

function wordsOfBlock(block: Block): string {
  if (block.kind === "code") return block.text
  if (block.kind === "quote") return block.blocks.map(wordsOfBlock).join(" ")
  if (block.kind === "list") return block.items.map(wordsOf).join(" ")
  return wordsOf(block.children)
}

export function wordsOf(nodes: Item): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node
      if (node.kind === "code") return node.text
      if (node.kind === "list") return ` ${node.items.map(wordsOf).join(" ")}`
      return node.kind === "mention" ? `@${node.name}` : wordsOf(node.children)
    })
    .join("")
}

const EMOJI =
  /(?:\p{Regional_Indicator}{2}|[#*\d]\uFE0F?\u20E3|(?:\p{Emoji_Presentation}|\p{Extended_Pictographic})\uFE0F?\p{Emoji_Modifier}?(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*)/u
const FEW_EMOJI = new RegExp(`^(?:${EMOJI.source}\\s*){1,6}$`, "u")

/** Whether a text is nothing but a few emoji, which are drawn large. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 80 && FEW_EMOJI.test(text.trim())
}
