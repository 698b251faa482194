// Bundles the browser's worker to one file, and puts the kernels beside it.

import { copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const OUT = resolve(ROOT, 'packages/browser/dist/bundle')

/** zod can describe schemas as JSON, which the worker never asks for: 3 kB gzipped. */
const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  setup({ onLoad }) {
    const unused = [
      'createStandardJSONSchemaMethod',
      'createToJSONSchemaMethod',
      'extractDefs',
      'finalize',
      'handleUnrepresentable',
    ]
    const names = [...unused, 'initializeContext', 'process', 'processSchema']
    const contents = names.map((name) => `export const ${name} = () => () => {}`).join('\n')
    onLoad({ filter: /zod\/v4\/core\/to-json-schema\.js$/ }, () => ({ contents }))
  },
}

await build({
  entryPoints: { worker: resolve(ROOT, 'packages/browser/src/worker/main.ts') },
  outdir: OUT,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  plugins: [withoutJsonSchema],
  conditions: ['@koutu/source'],
  logLevel: 'warning',
})
await copyFile(resolve(ROOT, 'packages/node/dist/kernels.wasm'), resolve(OUT, 'kernels.wasm'))
