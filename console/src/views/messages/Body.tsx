// The text of a message, drawn from its tree. Nothing of it is ever read as markup.
import type { ComponentChildren } from "preact"
import { useMemo } from "preact/hooks"
import type { Message } from "../../api/dtos"
import {
  type Block,
  type Item,
  hiddenHost,
  isOnlyEmoji,
  type List,
  type Named,
  parse,
  wordsOf,
} from "../../text/markdown"
import { me } from "../../state/store"
import { namesOfEverybody } from "./naming"
import type { Names } from "./naming"

interface Props {
  text: string
  mentionedUserIds: Message["mentionedUserIds"]
  mentionsEverybody: boolean
  names: Names
  /** Whether its links can be reached by the Tab key: only those of the row with the focus. */
  isActive: boolean
}

export function Body({ text, mentionedUserIds, mentionsEverybody, names, isActive }: Props) {
  const blocks = useMemo(() => {
    const named: Named[] = mentionedUserIds.map((userId) => ({ userId, name: names.get(userId) ?? "" }))
    if (mentionsEverybody) named.push(...namesOfEverybody())
    return parse(text, named)
  }, [text, mentionedUserIds, mentionsEverybody, names])
  return (
    <div class={`text${isOnlyEmoji(text) ? " large" : ""}`} dir="auto">
      {blocks.map((block) => blockOf(block, isActive))}
    </div>
  )
}

function blockOf(block: Block, isActive: boolean): ComponentChildren {
  switch (block.kind) {
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      )
    case "quote":
      return <blockquote dir="auto">{block.blocks.map((each) => blockOf(each, isActive))}</blockquote>
    case "list":
      return listOf(block, isActive)
    default:
      return <p dir="auto">{inlinesOf(block.children, isActive)}</p>
  }
}

function listOf({ start, items }: List, isActive: boolean): ComponentChildren {
  const drawn = items.map((item) => <li dir="auto">{inlinesOf(item, isActive)}</li>)
  if (start === null) return <ul>{drawn}</ul>
  // The numbers stand before the text, so there must be room for the longest.
  const { length } = String(start + items.length - 1)
  return (
    <ol start={start} style={{ paddingInlineStart: `calc(${length}ch + 0.9em)` }}>
      {drawn}
    </ol>
  )
}

const TAGS = { bold: "strong", italic: "em", strike: "del" } as const

function inlinesOf(nodes: Item, isActive: boolean): ComponentChildren {
  return nodes.map((node) => {
    if (typeof node === "string") return node
    if (node.kind === "code") return <code>{node.text}</code>
    if (node.kind === "list") return listOf(node, isActive)
    if (node.kind === "mention")
      return <span class={`mention${namesMe(node.userId) ? " mine" : ""}`}>@{node.name}</span>
    const children = inlinesOf(node.children, isActive)
    if (node.kind === "link") {
      const host = hiddenHost(node.href, wordsOf(node.children))
      return (
        <a href={node.href} target="_blank" rel="noopener noreferrer" tabIndex={isActive ? 0 : -1}>
          <bdi>{children}</bdi>
          {host && ` (${host})`}
        </a>
      )
    }
    const Tag = TAGS[node.kind]
    return <Tag>{children}</Tag>
  })
}

function namesMe(userId: string): boolean {
  return userId === "" || userId === me.value?.userId
}
