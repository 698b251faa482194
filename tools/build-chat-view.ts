// Builds the view in the chat to one file: script and style inside, since a host gives it no network.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const SOURCE = resolve(ROOT, 'apps/studio/src/chat')
const OUT = resolve(ROOT, 'packages/mcp/dist/view')

const { outputFiles } = await build({
  entryPoints: [resolve(SOURCE, 'main.tsx'), resolve(SOURCE, 'chat.css')],
  outdir: OUT,
  write: false,
  bundle: true,
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  conditions: ['@koutu/source'],
  logLevel: 'warning',
})
const textOf = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))!.text
const script = textOf('.js').replaceAll('</script', '<\\/script')
const html = (await readFile(resolve(SOURCE, 'cutout.html'), 'utf8'))
  .replace('<style></style>', () => `<style>${textOf('.css')}</style>`)
  .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`)
await mkdir(OUT, { recursive: true })
await writeFile(resolve(OUT, 'cutout.html'), html)
