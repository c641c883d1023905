// The symbols of the console: own drawings on a grid of 24, in the colour of the text around them.
const SHAPES = {
  chats: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z",
  contacts: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20a8 8 0 0 1 16 0",
  invitations: "M4 6h16v12H4zM4 7l8 6 8-6",
  administration: "M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4",
  me: "M12 13a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 18a6.5 6.5 0 0 1 12 0",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14 6l-6 6 6 6",
  more: "M5.5 11.5h.01v.8h-.01zM12 11.5h.01v.8H12zM18.5 11.5h.01v.8h-.01z",
  check: "M5 13l4 4L19 7",
  blank: "",
  plus: "M12 5v14M5 12h14",
  star: "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z",
  muted: "M6 17V11a6 6 0 0 1 9.5-4.9M18 11v6H4M10 20h4M4 4l16 16",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  leave: "M14 5H6v14h8M10 12h10M17 9l3 3-3 3",
  answer: "M10 7L4 13l6 6M4 13h10a6 6 0 0 1 6 6",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  down: "M12 4v14M6 12l6 6 6-6",
  attach: "M19 11l-7.5 7.5a4.5 4.5 0 0 1-6.4-6.4L13 4.3a3 3 0 0 1 4.3 4.3l-7.8 7.7a1.4 1.4 0 0 1-2-2L14 8",
  pause: "M9 6v12M15 6v12",
  again: "M19 12a7 7 0 1 1-2-5M19 4v4h-4",
  minus: "M5 12h14",
  next: "M10 6l6 6-6 6",
  send: "M4 12l16-8-5 16-3-7zM12 13l8-9",
} as const

export type IconName = keyof typeof SHAPES

/** A symbol. Its button or link carries the name, so it is hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  )
}
