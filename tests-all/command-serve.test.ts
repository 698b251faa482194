// `koutu serve` as somebody stops, starts again and misconfigures it.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND, type Served, serve } from '../packages/koutu/src/cli/serve.fixture.ts'

const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')

let data: string
let served: Served
let photo: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'koutu-serve-'))
  photo = new Uint8Array(await readFile(EXAMPLE))
  served = await serve(data)
})
afterAll(async () => {
  served.child.kill('SIGKILL')
  await rm(data, { recursive: true })
})

const send = (init: RequestInit) =>
  fetch(`${served.url}/v1/cutouts`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: photo,
    ...init,
  })

describe('koutu serve', () => {
  it('leaves what it has not done for its next start, when it is stopped', async () => {
    const later = { headers: { 'content-type': 'image/jpeg', prefer: 'respond-async' } }
    const ids = await Promise.all([1, 2, 3].map(async () => ((await (await send(later)).json()) as { id: string }).id))
    expect(await served.stop()).toBe(0)
    expect(served.stderr()).not.toMatch(/"level":"error"/)
    served = await serve(data, '--stop-timeout', '0')
    for (const id of ids) {
      const job = async () => ((await (await fetch(`${served.url}/v1/jobs/${id}`)).json()) as { state: string }).state
      await expect.poll(job, { timeout: 60_000 }).toBe('succeeded')
      const result = await fetch(`${served.url}/v1/jobs/${id}/result`)
      expect((await sharp(await result.bytes()).metadata()).width).toBe(1200)
    }
    expect(await readdir(join(data, 'uploads')).catch(() => [])).toEqual([])
  })

  it('checks what is there with --check, and tells by its exit code', async () => {
    const check = (folder: string) => runNode([COMMAND, 'serve', '--check', '--data', folder], { timeoutMs: 60_000 })
    const inUse = await check(data)
    expect([inUse.code, inUse.stdout.toString()]).toEqual([
      3,
      expect.stringMatching(/^failed +database: .*DATA_FOLDER_IN_USE/m),
    ])
    const nothing = await check(join(data, 'nothing'))
    expect([nothing.code, nothing.stderr]).toEqual([0, ''])
    expect(nothing.stdout.toString()).toMatch(/^ok +model: isnet-general-use, \d+ files verified/m)
  })

  it('says what stands in its way: a folder in use, a port in use, an open address without keys', async () => {
    const run = (...flags: readonly string[]) => runNode([COMMAND, 'serve', ...flags], { timeoutMs: 60_000 })
    const other = await mkdtemp(join(tmpdir(), 'koutu-serve-'))
    const port = new URL(served.url).port
    const folder = await run('--port', '0', '--data', data)
    expect([folder.code, folder.stderr]).toEqual([3, expect.stringContaining('DATA_FOLDER_IN_USE')])
    if (process.platform === 'linux') {
      const nowhere = await run('--port', '0', '--data', '/proc/koutu/data')
      expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('STORAGE_FAILED')])
    }
    const address = await run('--port', port, '--data', other)
    expect([address.code, address.stderr]).toEqual([3, expect.stringContaining('ADDRESS_UNAVAILABLE')])
    const open = await run('--host', '0.0.0.0', '--port', '0', '--data', other)
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('koutu keys create')])
    const wrong = await run('--port', '99999', '--jobs', 'many')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('INVALID_OPTIONS')])
    const flags = async (...list: readonly string[]) => (await run('--port', '0', '--data', other, ...list)).stderr
    expect(await flags('--tls-cert', 'x.pem')).toContain('--tls-key')
    expect(await flags('--tls', 'self-signed', '--tls-cert', 'x.pem', '--tls-key', 'y.pem')).toContain('--tls')
    expect(await flags('--tls-names', 'a.example')).toContain('--tls self-signed')
    expect(await flags('--tls-cert', 'x.pem', '--tls-key', 'y.pem')).toContain('ENOENT')
    expect(await flags('--public-url', 'https://cutouts.example/path')).toContain('INVALID_OPTIONS')
    await rm(other, { recursive: true })
  })
})
