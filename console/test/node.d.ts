// What the tests use of Node. The types of all of Node would also be there for the code that runs in a browser.
declare module "node:test" {
  type Body = (context: unknown) => void | Promise<void>
  export function test(name: string, body: Body): void
  export function describe(name: string, body: () => void): void
  export function beforeEach(body: Body): void
  export function afterEach(body: Body): void
  export default test
}

declare module "node:assert/strict" {
  interface Assert {
    (value: unknown, message?: string): asserts value
    ok(value: unknown, message?: string): asserts value
    equal<T>(actual: unknown, expected: T, message?: string): asserts actual is T
    notEqual(actual: unknown, expected: unknown, message?: string): void
    deepEqual<T>(actual: unknown, expected: T, message?: string): asserts actual is T
    notDeepEqual(actual: unknown, expected: unknown, message?: string): void
    match(value: string, pattern: RegExp, message?: string): void
    doesNotMatch(value: string, pattern: RegExp, message?: string): void
    throws(body: () => unknown, expected?: unknown, message?: string): void
    doesNotThrow(body: () => unknown, message?: string): void
    rejects(body: Promise<unknown> | (() => Promise<unknown>), expected?: unknown, message?: string): Promise<void>
    fail(message?: string): never
  }
  const assert: Assert
  export default assert
}

declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string
}

declare const process: { readonly env: Readonly<Record<string, string | undefined>> }
