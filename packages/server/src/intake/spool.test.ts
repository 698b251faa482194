import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryBudget } from '../limits/memory-budget.ts'
import { cleanSpool, type Spooled, type SpoolOptions, spool } from './spool.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-spool-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = (more: Partial<SpoolOptions> = {}): SpoolOptions => ({
  folder,
  maxBytes: 2 ** 23,
  onHead() {},
  headBytes: 16,
  memory: createMemoryBudget(2 ** 30),
  ...more,
})

function pattern(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8)) % 256)
}

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function contentOf(upload: Spooled): Promise<Buffer> {
  const content = upload.content()
  return content instanceof Uint8Array ? Buffer.from(content) : readFile(content.path)
}

describe('spool', () => {
  it('gives back what came, small in memory and large in a file, which goes with it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(100), fc.nat(3_000_000)),
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 }),
        async (length, sizes) => {
          const bytes = pattern(length)
          const heads: Uint8Array[] = []
          const pieces = sizes.map((size) => Math.max(size, Math.ceil(length / 3000)))
          const upload = await spool(inPieces(bytes, pieces), options({ onHead: (head) => heads.push(head) }))
          expect(upload.bytes).toBe(length)
          expect((await contentOf(upload)).equals(bytes)).toBe(true)
          expect(await readdir(folder)).toHaveLength(length > 2 ** 20 ? 1 : 0)
          expect(heads).toHaveLength(1)
          expect(Buffer.from(heads[0]!).equals(bytes.subarray(0, heads[0]!.length))).toBe(true)
          expect(heads[0]!.length).toBeGreaterThanOrEqual(Math.min(16, length))
          upload.look((source) => {
            expect(source.length).toBe(length)
            for (const at of [0, Math.floor(length / 2), length - 5]) {
              const count = Math.min(5, length - at)
              if (at < 0 || count <= 0) continue
              const { from, bytes: piece } = source.piece(at, count)
              expect(
                Buffer.from(piece.subarray(at - from, at - from + count)).equals(bytes.subarray(at, at + count)),
              ).toBe(true)
            }
          })
          await upload[Symbol.asyncDispose]()
          expect(await readdir(folder)).toEqual([])
        },
      ),
      { numRuns: 25 },
    )
  })

  it('takes up to its limit and not one byte more, and keeps nothing of what failed', async () => {
    const limit = 2 ** 21
    const whole = await spool(inPieces(pattern(limit), [65_536]), options({ maxBytes: limit }))
    expect(whole.bytes).toBe(limit)
    await whole[Symbol.asyncDispose]()
    const code = (work: Promise<unknown>) => work.catch((error: unknown) => (error as KoutuError).code)
    expect(await code(spool(inPieces(pattern(limit + 1), [65_536]), options({ maxBytes: limit })))).toBe(
      'IMAGE_TOO_MANY_BYTES',
    )
    const refuse = () => {
      throw new KoutuError('IMAGE_UNSUPPORTED')
    }
    expect(await code(spool(inPieces(pattern(limit), [65_536]), options({ onHead: refuse })))).toBe('IMAGE_UNSUPPORTED')
    async function* broken() {
      yield* inPieces(pattern(limit), [65_536])
      throw new KoutuError('REQUEST_TIMEOUT')
    }
    expect(await code(spool(broken(), options()))).toBe('REQUEST_TIMEOUT')
    expect(await readdir(folder)).toEqual([])
  })

  it('goes to the disk where memory is short, and gives back all it took', async () => {
    const memory = createMemoryBudget(2 ** 21)
    const uploads: Spooled[] = []
    const lengths = Array.from({ length: 12 }, (_, i) => 100_000 + i * 70_000)
    for (const length of lengths) {
      uploads.push(await spool(inPieces(pattern(length), [30_000]), options({ memory })))
      expect(memory.usedBytes).toBeLessThanOrEqual(2 ** 21)
    }
    const files = (await readdir(folder)).length
    expect(files).toBeGreaterThan(4)
    expect(files).toBeLessThan(lengths.length)
    for (const [i, upload] of uploads.entries())
      expect((await contentOf(upload)).equals(pattern(lengths[i]!))).toBe(true)
    for (const upload of uploads) await upload[Symbol.asyncDispose]()
    const refused = options({ memory, maxBytes: 10 })
    await expect(spool(inPieces(pattern(11), [11]), refused)).rejects.toMatchObject({ code: 'IMAGE_TOO_MANY_BYTES' })
    expect(memory.usedBytes).toBe(0)
    expect(await readdir(folder)).toEqual([])
  })

  it('says when its folder cannot be written', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    await expect(spool(inPieces(pattern(2 ** 21), [65_536]), options({ folder: file }))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    })
    await rm(file)
  })
})

it('what a killed process has left is deleted once nobody can need it', async () => {
  for (const name of ['old', 'new']) await writeFile(join(folder, name), 'x')
  await utimes(join(folder, 'old'), 0, 0)
  await cleanSpool(folder, Date.now())
  expect(await readdir(folder)).toEqual(['new'])
  await rm(join(folder, 'new'))
  await cleanSpool(join(folder, 'none'), Date.now())
})
