// Runs the tests of the console that need no browser: bundles test/*.test.ts, and gives them to Node's test runner.
// `node test.mjs reducer` runs test/reducer.test.ts alone.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "console-tests-"))
const names = process.argv.slice(2)
const wanted = (name) => names.length === 0 || names.includes(name.slice(0, -".test.ts".length))
try {
  const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts") && wanted(name))
  await build({
    absWorkingDir: here,
    entryPoints: tests.map((name) => join("test", name)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    sourcemap: "inline",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  })
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => join(folder, name))
  process.exitCode =
    spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
