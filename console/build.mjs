// Builds the console into ../src/parlour/console/dist: `node build.mjs`. With --watch it builds again at each change.
import { build, context } from "esbuild"
import { createHash } from "node:crypto"
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, "../src/parlour/console/dist")

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: "utf8",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
}

/** The files that a file imports before it runs. A page that names them loads all at once, and not one after another. */
function importedBy(path, outputs, found = new Set()) {
  for (const each of outputs[path].imports) {
    if (each.kind !== "import-statement" || found.has(each.path)) continue
    found.add(each.path)
    importedBy(each.path, outputs, found)
  }
  return found
}

/** Writes the page, which names the files of the bundle by their hashes. */
function writePage(metafile) {
  const outputs = Object.entries(metafile.outputs)
  const [script, entry] = outputs.find(([, output]) => output.entryPoint === "src/main.tsx")
  const modules = [...importedBy(script, metafile.outputs)].map(
    (path) => `<link rel="modulepreload" href="/assets/${basename(path)}">`,
  )
  const page = readFileSync(join(here, "src/index.html"), "utf8")
    .replace("%MODULES%", modules.join("\n    "))
    .replace("%SCRIPT%", basename(script))
    .replace("%STYLE%", basename(entry.cssBundle))
  writeFileSync(join(dist, "index.html"), page)
}

/** The worker keeps the shell for offline starts: it names all files of this bundle, and the hash of them all. */
async function buildWorker() {
  const assets = readdirSync(join(dist, "assets")).sort()
  const version = createHash("sha256")
    .update(assets.join("\n"))
    .update(readFileSync(join(dist, "index.html")))
    .digest("hex")
    .slice(0, 12)
  await build({
    ...common,
    entryPoints: ["src/worker/sw.ts"],
    outfile: join(dist, "sw.js"),
    format: "iife",
    define: { ASSETS: JSON.stringify(assets), VERSION: JSON.stringify(version) },
  })
}

/** Writes a compressed form beside each text, so that the server compresses nothing. */
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) compress(path)
    else if (/^[^.].*\.(html|js|css|svg|webmanifest)$/.test(entry.name)) {
      const plain = readFileSync(path)
      writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }))
      writeFileSync(`${path}.br`, brotliCompressSync(plain))
    }
  }
}

const page = {
  ...common,
  entryPoints: ["src/main.tsx"],
  outdir: join(dist, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  format: "esm",
  splitting: true,
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [
    {
      name: "page",
      setup(plugin) {
        plugin.onStart(() => {
          rmSync(dist, { recursive: true, force: true })
          mkdirSync(join(dist, "assets"), { recursive: true })
          cpSync(join(here, "static"), dist, { recursive: true })
        })
        plugin.onEnd(async (result) => {
          if (result.errors.length > 0) return
          writePage(result.metafile)
          writeFileSync(join(dist, ".meta.json"), JSON.stringify(result.metafile))
          await buildWorker()
          compress(dist)
        })
      },
    },
  ],
}

if (process.argv.includes("--watch")) {
  await (await context(page)).watch()
} else {
  await build(page)
}
