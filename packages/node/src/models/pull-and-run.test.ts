// From a server to an answer: small networks of every output kind are pulled over HTTP, prepared and run.

import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelManifest, type Picture, type Raster, resolve } from '@koutu/core'
import { buildTestModel, type TestModelOptions } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOnnxEngine } from '../engine/onnx-engine.ts'
import { prepareGraph } from '../graph/prepare.ts'
import { createModelStore } from './store.ts'

const SIZE = 32
const MODELS: readonly TestModelOptions[] = [
  { kind: 'prob', size: SIZE },
  { kind: 'prob', size: SIZE, outputType: 'float16' },
  { kind: 'prob', size: 'dynamic' },
  { kind: 'logits', size: SIZE },
  { kind: 'minmax', size: SIZE },
  { kind: 'minmax-empty', size: SIZE },
  { kind: 'argmax', size: SIZE },
]
let server: Server
let base = ''
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-pull-run-'))
  // `/moved/N` leads to `/N`, as release downloads do.
  server = createServer((request, response) => {
    const [, first, second] = (request.url ?? '').split('/')
    if (first === 'moved') return response.writeHead(302, { location: `/${second}` }).end()
    const model = MODELS[Number(first)]
    if (!model) return response.writeHead(404).end()
    return response.end(buildTestModel(model))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

/** Black in the left half, white in the right. */
function halves(): Picture {
  const data = new Uint8Array(SIZE * SIZE * 3)
  for (let i = 0; i < SIZE * SIZE; i++) if (i % SIZE >= SIZE / 2) data.fill(255, i * 3, i * 3 + 3)
  const color: Raster = { width: SIZE, height: SIZE, channels: 3, alpha: 'none', data }
  const metadata = { exif: null, xmp: null }
  return {
    width: SIZE,
    height: SIZE,
    color,
    srgb: color,
    alpha: null,
    format: 'png',
    icc: null,
    metadata,
    warnings: [],
  }
}

describe('a model that is pulled', () => {
  it.each(MODELS.map((model, index) => [index, model] as const))('runs: %i %j', async (index, model) => {
    const bytes = buildTestModel(model)
    const manifest = ModelManifest.parse({
      id: `tiny-${index}`,
      title: 'Tiny',
      about: 'A test.',
      sources: [
        {
          type: 'url',
          url: `${base}/moved/${index}`,
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        },
      ],
      license: { id: 'CC0-1.0', url: null, commercial: 'yes', note: '' },
      input: {
        width: SIZE,
        height: SIZE,
        fit: model.size === 'dynamic' ? 'area' : 'stretch',
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
      output: { kind: model.kind === 'minmax-empty' ? 'minmax' : model.kind },
      minRuntime: null,
      memoryMb: null,
    })
    const store = createModelStore({ cacheDir: folder, offline: false, env: {} })
    await store.pull(manifest)
    await using engine = createOnnxEngine({
      idleMs: 1000,
      async locate() {
        const build = (source: Uint8Array) => ({ graph: prepareGraph(source, { output: null }), data: [] })
        const { path, dataPath, input, output } = await store.prepared(manifest, { tool: 'test', options: {}, build })
        return { file: { id: manifest.id, path, dataPath, input, output, precision: 'fp32' }, warnings: [] }
      },
    })
    const { alpha } = await engine.segment(halves(), resolve({}).subject, {})
    const [left, right] = [alpha.data[SIZE]!, alpha.data[2 * SIZE - 1]!]
    // The steep logits network answers sigmoid(-4) and sigmoid(4); the empty one stays faint.
    expect(left).toBeLessThan(0.02)
    if (model.kind === 'minmax-empty') expect(right).toBeLessThan(0.12)
    else expect(right).toBeGreaterThan(0.98)
  })
})
