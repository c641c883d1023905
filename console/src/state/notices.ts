// What the page and the service worker tell each other about notifications. Both import it.

/** A notification, as the server sends it, and as the page gives it to the worker. */
export interface Notice {
  readonly title: string
  readonly body: string
  /** The address that a click shows. */
  readonly navigate: string
  /** What it is about: a newer one takes the place of an older one. */
  readonly tag: string
  readonly lang?: string
  readonly dir?: "auto"
}

/** What the page says to the worker. */
export interface Saying {
  readonly kind: "notice"
  readonly notice: Notice
}

/** What the worker says to the page. */
export interface Going {
  readonly kind: "go"
  readonly path: string
}

/** That a person wants notifications in this browser, and how. */
export interface Choice {
  readonly hidesText: boolean
  readonly deviceName: string
}

/** Where the choice of a person is kept, in the store `person`. */
export function choiceKey(userId: string): string {
  return `${userId}/notifications`
}
