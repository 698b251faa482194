// The files for browsers as a server finds them: written by a process that really runs.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAssets } from './assets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-assets-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('writes the files in another process, once for all who ask', async () => {
  const assets = createAssets('0.0.0', folder, [])
  const [manifest, other] = await Promise.all([assets.find('manifest.json'), assets.find('../package.json')])
  expect(other).toBeNull()
  const { worker } = JSON.parse(await new Response(manifest!.open()).text()) as {
    worker: { name: string; bytes: number }
  }
  const found = await assets.find(worker.name)
  expect(found!.bytes).toBe(worker.bytes)
  expect((await new Response(found!.open({ start: 0, end: 10 })).bytes()).length).toBe(10)
  expect((await readdir(folder)).length).toBeGreaterThan(5)
})

it('passes on why the files cannot be written, and tries again', async () => {
  const assets = createAssets('0.0.0', join(folder, 'manifest.json', 'below'), [])
  for (let i = 0; i < 2; i++)
    await expect(assets.find('manifest.json')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
})
