// What docs/server.md says of machines with little memory: programs in a memory control group, without swap. Where
// none can be made, as in a container without the right to, the tests are skipped with the reason.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryGroup, whyNoMemoryGroup } from './services/memory-group.ts'
import { startPostgres } from './services/postgres.ts'
import { askAtOnce, startSmallServer } from './services/small-server.ts'

const ROOT = join(import.meta.dirname, '..')
const COMMAND = join(ROOT, 'packages/koutu/bin/koutu.js')
const EXAMPLE = join(ROOT, 'examples/photo.jpg')
const MB = 2 ** 20
const reason = whyNoMemoryGroup()

let folder = ''
const photo = (megapixels: number) => join(folder, `${megapixels}.jpg`)
const bytesOf = async (path: string) => new Uint8Array(await readFile(path))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-small-'))
  for (const [megapixels, width, height] of [
    [1.7, 1500, 1125],
    [12, 4032, 3024],
    [48, 8064, 6048],
  ] as const)
    await writeFile(photo(megapixels), await sharp(EXAMPLE).resize(width, height).jpeg({ quality: 90 }).toBuffer())
  // Prepared once, as on a machine that is in use.
  await koutu(4096, EXAMPLE, '-o', join(folder, 'prepared.png'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  readonly kills: number
}

/** The command with so much memory. */
async function koutu(megabytes: number, ...args: readonly string[]): Promise<Ended> {
  using group = createMemoryGroup(megabytes * MB)
  const child = group.spawn(process.execPath, [COMMAND, ...args, '--overwrite'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece
  })
  return await new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, stderr, kills: group.kills })),
  )
}

describe.skipIf(reason !== null)(`with little memory${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('512 MB: a folder of photos, each done at the first try', async () => {
    const [input, output] = [join(folder, 'in'), join(folder, 'out')]
    await mkdir(input)
    for (let i = 0; i < 6; i++) await writeFile(join(input, `${i}.jpg`), await readFile(photo(i < 2 ? 12 : 1.7)))
    const { code, stderr, kills } = await koutu(512, input, '-o', `${output}/`)
    expect([code, stderr, kills]).toEqual([0, expect.stringContaining('6 done'), 0])
    expect(await readdir(output)).toHaveLength(6)
  })

  it('768 MB: 48 megapixels', async () => {
    const { code, stderr } = await koutu(768, photo(48), '-o', join(folder, 'large.png'))
    expect([code, stderr]).toEqual([0, expect.stringContaining('8064 x 6048')])
  })

  it.each([640, 512, 384])('%i MB: 48 megapixels are refused, and the image beside them is done', async (megabytes) => {
    const { code, stderr } = await koutu(megabytes, photo(48), photo(1.7), '-o', `${join(folder, 'mixed')}/`)
    expect([code, stderr]).toEqual([1, expect.stringContaining('[MEMORY_INSUFFICIENT]')])
    expect(stderr).toContain('1 done, 1 failed')
  })

  it.each([
    { megabytes: 320, counts: '1 done, 1 failed' },
    { megabytes: 256, counts: '2 failed' },
  ])('$megabytes MB: a coded error for what does not fit, after a second try alone', async ({ megabytes, counts }) => {
    const { code, stderr, kills } = await koutu(megabytes, photo(1.7), photo(12), '-o', `${join(folder, 'tiny')}/`)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/\[(ENGINE_FAILED|MEMORY_INSUFFICIENT)\]/)])
    expect(stderr).toContain(counts)
    expect(kills).toBeGreaterThanOrEqual(2)
  })

  it('768 MB: the server with its own database, eight clients and two photos of 12 megapixels', async () => {
    using group = createMemoryGroup(768 * MB)
    await using server = await startSmallServer(group, [])
    const small = await bytesOf(photo(1.7))
    const large = await bytesOf(photo(12))
    const statuses = await askAtOnce(server, [...Array<typeof small>(8).fill(small), large, large])
    expect(statuses).toEqual(Array(10).fill(200))
  })

  it('512 MB: a server on PostgreSQL with four clients', async () => {
    const postgres = await startPostgres({ isDurable: false })
    try {
      using group = createMemoryGroup(512 * MB)
      await using server = await startSmallServer(group, ['--database-url', postgres.database('small')])
      const small = await bytesOf(photo(1.7))
      expect(await askAtOnce(server, Array<typeof small>(4).fill(small))).toEqual(Array(4).fill(200))
    } finally {
      await postgres.stop()
    }
  })
})
