// Reading a model file of the user's own: which sidecar is taken, and what is refused.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTestModel } from '@koutu/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLocalModel } from './local.ts'

let folder: string
let model: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-local-'))
  model = join(folder, 'my.onnx')
  await writeFile(model, buildTestModel({ kind: 'prob', size: 'dynamic' }))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const size = (width: number) => JSON.stringify({ input: { width } })

describe('readLocalModel', () => {
  it('takes my.onnx.json, then my.json, then assumptions', async () => {
    expect((await readLocalModel(model)).manifest.input.width).toBe(1024)
    await writeFile(join(folder, 'my.json'), size(64))
    expect((await readLocalModel(model)).manifest.input.width).toBe(64)
    await writeFile(join(folder, 'my.onnx.json'), size(96))
    expect((await readLocalModel(model)).manifest.input.width).toBe(96)
    expect((await readLocalModel(model, { size: 128 })).manifest.input.width).toBe(128)
  })

  it('asks the graph for its size where nobody else says it', async () => {
    await writeFile(model, buildTestModel({ kind: 'prob', size: 32 }))
    expect((await readLocalModel(model)).manifest.input).toMatchObject({ width: 32, height: 32 })
    await writeFile(join(folder, 'my.json'), '{"output":{"kind":"prob"}}')
    expect((await readLocalModel(model)).manifest.input.width).toBe(32)
    expect((await readLocalModel(model, { size: 128 })).manifest.input.width).toBe(128)
    await writeFile(model, 'no graph')
    await expect(readLocalModel(model)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  })

  it('names a missing model and a sidecar that is no JSON or too large', async () => {
    await expect(readLocalModel(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    await expect(readLocalModel(folder)).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    for (const text of ['{', '', ' '.repeat(2 ** 16 + 1)]) {
      await writeFile(join(folder, 'my.json'), text)
      await expect(readLocalModel(model)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
    }
  })
})
