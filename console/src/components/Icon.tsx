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
