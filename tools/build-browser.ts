// Bundles the browser's worker to one file, and puts the kernels beside it.

import { copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const OUT = resolve(ROOT, 'packages/browser/dist/bundle')

await build({
  entryPoints: { worker: resolve(ROOT, 'packages/browser/src/worker/main.ts') },
  outdir: OUT,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  conditions: ['@koutu/source'],
  logLevel: 'warning',
})
await copyFile(resolve(ROOT, 'packages/node/dist/kernels.wasm'), resolve(OUT, 'kernels.wasm'))
