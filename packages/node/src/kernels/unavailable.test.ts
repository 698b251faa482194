// Without the kernels: core's results and a warning that says why.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { typescriptKernels } from '@koutu/core'
import { createKernels, type LoadedKernels } from '@koutu/core/kernels'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { discScene } from '../../../core/src/matting/scenes.fixture.ts'
import { loadKernelsFrom } from './load.ts'

const REAL = new URL('../../dist/kernels.wasm', import.meta.url)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-kernels-'))
  return () => rm(folder, { recursive: true })
})
afterEach(() => vi.unstubAllGlobals())

async function loadFrom(bytes: Uint8Array | null): Promise<LoadedKernels> {
  const file = join(folder, bytes ? `${bytes.length}.wasm` : 'missing.wasm')
  if (bytes) await writeFile(file, bytes)
  return loadKernelsFrom(pathToFileURL(file))
}

const CASES: readonly (readonly [string, () => Promise<LoadedKernels>, RegExp])[] = [
  ['a missing file', () => loadFrom(null), /\(ENOENT\)/],
  ['a file that is no WebAssembly', () => loadFrom(Buffer.from('garbage')), /magic/],
  ['an empty file', () => loadFrom(new Uint8Array(0)), /WebAssembly/],
  [
    'a runtime without WebAssembly',
    () => {
      vi.stubGlobal('WebAssembly', undefined)
      return loadKernelsFrom(REAL)
    },
    /no WebAssembly/,
  ],
  [
    'a runtime that cannot give it memory',
    () => {
      const { compile } = (globalThis as unknown as { WebAssembly: { compile: unknown } }).WebAssembly
      const Instance = class {
        constructor() {
          throw new RangeError('out of memory')
        }
      }
      vi.stubGlobal('WebAssembly', { compile, Instance })
      return loadKernelsFrom(REAL)
    },
    /out of memory/,
  ],
]

it.each(CASES)('%s: core’s results and one warning', async (_, load, reason) => {
  const kernels = await createKernels(load())
  expect(kernels.warnings).toEqual([{ code: 'kernels-unavailable', message: expect.stringMatching(reason) }])
  expect(kernels.warnings![0]!.message).not.toContain(folder)
  const { alpha, photo } = discScene()
  const specks = { minAreaPx: 12, holes: 'small' } as const
  expect(kernels.refineAlpha(alpha, photo, { quality: 'fast' })).toEqual(
    typescriptKernels.refineAlpha(alpha, photo, { quality: 'fast' }),
  )
  expect(kernels.removeSpecks(alpha, specks)).toEqual(typescriptKernels.removeSpecks(alpha, specks))
  expect(kernels.estimateForeground(photo, alpha)).toEqual(typescriptKernels.estimateForeground(photo, alpha))
})

it('the real file loads without a warning', async () => {
  expect((await createKernels(loadKernelsFrom(REAL))).warnings).toBeUndefined()
})
