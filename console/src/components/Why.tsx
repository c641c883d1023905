import type { Explained } from "./failures"

/** Why something did not work. Where the words leave something out, what the server says stands below them. */
export function Why({ words, original }: Explained) {
  return (
    <>
      {words}
      {original && (
        <span class="original" lang="en">
          {original}
        </span>
      )}
    </>
  )
}

/** The same in a form, once there is something to say. */
export function Problem({ of }: { of: Explained | null }) {
  return (
    of && (
      <p class="wrong" role="alert">
        <Why {...of} />
      </p>
    )
  )
}
