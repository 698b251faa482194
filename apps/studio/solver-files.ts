// Vite plugin: the worker of @koutu/browser and its kernels lie beside the page's own files, with an index that names no network.
// Previews need nothing else, so that no model is prepared for them.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Plugin } from 'vite'

const BUNDLE = resolve(import.meta.dirname, '../../packages/browser/dist/bundle')
const FOLDER = 'studio'

export function solverFiles(): Plugin {
  return {
    name: 'solver-files',
    apply: 'build',
    async generateBundle() {
      const emit = async (name: string) => {
        const bytes = await readFile(resolve(BUNDLE, name))
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        const extension = extname(name)
        const hashed = `${name.slice(0, -extension.length)}-${sha256.slice(0, 8)}${extension}`
        this.emitFile({ type: 'asset', fileName: `${FOLDER}/${hashed}`, source: bytes })
        return { name: hashed, bytes: bytes.length, sha256 }
      }
      const manifest = {
        format: 1,
        koutu: '',
        worker: await emit('worker.js'),
        kernels: await emit('kernels.wasm'),
        extras: await emit('extras.js'),
        runtimes: {},
        models: [],
        selfTests: [],
      }
      this.emitFile({ type: 'asset', fileName: `${FOLDER}/manifest.json`, source: JSON.stringify(manifest) })
    },
  }
}
