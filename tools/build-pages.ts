// Makes packages/server/pages of the built studio and of the viewer of the API: the files that the server answers with, each
// compressed as well. Runs after Vite, as part of `npm run build`.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const ROOT = resolve(import.meta.dirname, '..')
const STUDIO = join(ROOT, 'apps/studio/dist')
const VIEWER = join(ROOT, 'node_modules/openapi-explorer')
const TARGET = join(ROOT, 'packages/server/pages')
const COMPRESSED: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.svg', '.json', '.wasm'])

const written = new Set<string>()

for (const entry of readdirSync(STUDIO, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const path = join(entry.parentPath, entry.name)
  put(path.slice(STUDIO.length + 1), readFileSync(path))
}
putViewer()
for (const entry of readdirSync(TARGET, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (entry.isFile() && !written.has(path)) rmSync(path)
}

/** Compressing takes seconds: what is there with the same content stays. */
function put(name: string, content: Uint8Array): void {
  const path = join(TARGET, name)
  const isSame = existsSync(path) && readFileSync(path).equals(content)
  const copies: readonly [string, () => Uint8Array][] = COMPRESSED.has(extname(name))
    ? [
        ['.br', () => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } })],
        ['.gz', () => gzipSync(content, { level: 9 })],
      ]
    : []
  mkdirSync(dirname(path), { recursive: true })
  for (const [suffix, make] of [...copies, ['', () => content] as const]) {
    written.add(path + suffix)
    if (!isSame || !existsSync(path + suffix)) writeFileSync(path + suffix, make())
  }
}

/** The viewer's own bundle, under a name with its hash, and a page that shows it. */
function putViewer(): void {
  const bundle = readFileSync(join(VIEWER, 'dist/browser/openapi-explorer.min.js'))
  const hash = createHash('sha256').update(bundle).digest('base64url').slice(0, 8)
  const script = `viewer-${hash}.js`
  put(`docs/${script}`, bundle)
  put('docs/index.html', Buffer.from(viewerPage(script)))
  put('docs/LICENSE.txt', readFileSync(join(VIEWER, 'LICENSE')))
}

function viewerPage(script: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>koutu API</title>
    <script type="module" src="/docs/${script}"></script>
    <style>
      :root { color-scheme: light dark }
      body { margin: 0; font-family: system-ui, sans-serif }
      openapi-explorer { --font-regular: system-ui, sans-serif; --font-mono: ui-monospace, monospace }
      /* Its table of keys is made for wide screens: in a narrow one its texts cover each other. */
      @media (max-width: 40rem) { openapi-explorer::part(section-auth) { zoom: 0.6 } }
      @media (prefers-color-scheme: dark) {
        body { background: #151818 }
        openapi-explorer {
          --bg: #151818; --bg2: #1b1f1f; --bg3: #212626; --light-bg: #2c3232; --hover-color: #212626; --input-bg: #1b1f1f;
          --fg: #d9dede; --fg2: #c6cccc; --fg3: #b0b8b8; --light-fg: #9aa4a4; --placeholder-color: #8b9595;
          --border-color: #363d3d; --light-border-color: #2c3232; --overlay-bg: rgb(0 0 0 / 0.6);
          --primary-color: #4fb6ba; --secondary-color: #4fb6ba; --primary-btn-text-color: #0d1414;
          --header-bg: #0f1212; --header-fg: #eef2f2;
          --nav-bg-color: #1b1f1f; --nav-text-color: #b9c2c2; --nav-hover-bg-color: #262c2c; --nav-hover-text-color: #7fd3d6;
          --code-fg: #c6cccc; --inline-code-fg: #f0a58c; --code-property-color: #f28fb8; --code-keyword-color: #7cc4e8;
          --code-operator-color: #d3ab7c;
          --purple: #b692f6; --red: #f2747f; --orange: #fda35c; --yellow: #ffd24d; --green: #57c876; --blue: #6bc7fb; --gray: #a2adb8;
          --light-purple: #2a2140; --light-red: #3a1d20; --light-orange: #3a2714; --light-yellow: #37300f; --light-green: #16301d;
          --light-blue: #14303f; --light-gray: #262c32;
        }
      }
    </style>
  </head>
  <body>
    <openapi-explorer
      spec-url="/openapi.json"
      hide-server-selection
      schema-expand-level="1"
      primary-color="#0b6f75"
      secondary-color="#0b6f75"
      header-color="#1c2020"
      text-color="#2b3030"
      nav-bg-color="#f3f5f5"
      nav-text-color="#3c4343"
      nav-hover-bg-color="#e3e9e9"
      nav-hover-text-color="#0b4f54"
    ></openapi-explorer>
  </body>
</html>
`
}
