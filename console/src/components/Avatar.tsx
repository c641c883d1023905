// People without a picture: their initials on a colour that follows from their id.
interface Props {
  id: string
  name: string
  hasJoined?: boolean
  isSmall?: boolean
  isLarge?: boolean
}

export function Avatar({ id, name, hasJoined = true, isSmall = false, isLarge = false }: Props) {
  const classes = ["avatar", hasJoined ? "" : "not-joined", isSmall ? "small" : "", isLarge ? "large" : ""]
    .filter(Boolean)
    .join(" ")
  return (
    <span class={classes} style={{ "--hue": hueOf(id) }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}

// Making one takes longer than using it, and a list has hundreds of names.
const segmenter = new Intl.Segmenter()

/** The first letters of the first and the last word, as a person would count letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words
  return chosen.map((word) => firstLetter(word ?? "")).join("")
}

function firstLetter(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment.toLocaleUpperCase()
  return ""
}

/** An angle of the colour circle. Ids are random, so their first digits are enough. */
export function hueOf(id: string): number {
  return Number.parseInt(id.slice(0, 4), 16) % 360 || 0
}
