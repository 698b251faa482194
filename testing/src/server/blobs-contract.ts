// What every store of blobs must do, as one vitest suite.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKoutuError } from '@koutu/core'
import type { Blobs } from '@koutu/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from './collect.ts'

export interface OpenBlobs {
  readonly blobs: Blobs
  close(): Promise<void>
}

const PNG = { contentType: 'image/png' }
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

export async function readBlob(
  blobs: Blobs,
  key: string,
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array | null> {
  const stream = await blobs.read(key, range)
  return stream && new Uint8Array(await new Response(stream).arrayBuffer())
}

export function blobsContract(name: string, open: () => Promise<OpenBlobs>): void {
  describe(`blobs: ${name}`, () => {
    let opened: OpenBlobs
    let blobs: Blobs
    beforeAll(async () => {
      opened = await open()
      blobs = opened.blobs
    })
    afterAll(() => opened.close())

    let count = 0
    const id = () => `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`
    const key = () => `jobs/${id()}/input`

    it('keeps bytes, and says how many and what they hash to', async () => {
      for (const length of [0, 1, 1000, 300_000]) {
        const [data, at] = [randomBytes(length), key()]
        const ref = await blobs.put(at, data, PNG)
        expect(ref).toEqual({
          key: at,
          bytes: length,
          sha256: createHash('sha256').update(data).digest('hex'),
          contentType: 'image/png',
        })
        expect(data.equals((await readBlob(blobs, at))!)).toBe(true)
      }
    })

    it('takes a stream of pieces of any size', async () => {
      const pieces = [3, 0, 70_000, 1, 6_000_000].map((length) => randomBytes(length))
      const at = key()
      const ref = await blobs.put(
        at,
        (async function* () {
          yield* pieces
        })(),
        PNG,
      )
      const whole = Buffer.concat(pieces)
      expect([ref.bytes, ref.sha256]).toEqual([whole.length, createHash('sha256').update(whole).digest('hex')])
      expect(whole.equals((await readBlob(blobs, at))!)).toBe(true)
    })

    it('takes a file, which stays', async () => {
      const path = join(tmpdir(), `koutu-blob-${randomUUID()}`)
      const [data, at] = [randomBytes(600_000), key()]
      await writeFile(path, data)
      try {
        for (const one of [at, key()]) {
          const { bytes, sha256 } = await blobs.put(one, { path }, PNG)
          expect([bytes, sha256]).toEqual([data.length, createHash('sha256').update(data).digest('hex')])
        }
        expect(await blobs.put(key(), { path }, { ...PNG, maxBytes: data.length - 1 }).catch(code)).toBe(
          'IMAGE_TOO_MANY_BYTES',
        )
        expect(data.equals(await readFile(path))).toBe(true)
      } finally {
        await rm(path)
      }
      expect(data.equals((await readBlob(blobs, at))!)).toBe(true)
    })

    it('has files of this machine, or says that it has none', async () => {
      const [data, at] = [randomBytes(5000), key()]
      const { bytes, sha256 } = await blobs.put(at, data, PNG)
      const found = await blobs.local?.(at)
      expect(found).toEqual(blobs.local && { path: expect.any(String), bytes, sha256 })
      expect(await (found ? readFile(found.path) : data)).toEqual(data)
      expect((await blobs.local?.(key())) ?? null).toBeNull()
    })

    it('reads ranges', async () => {
      const [data, at] = [randomBytes(1000), key()]
      await blobs.put(at, data, PNG)
      for (const [start, end] of [
        [0, 1],
        [0, 1000],
        [999, 1000],
        [10, 500],
        [7, 7],
      ] as const) {
        const part = await readBlob(blobs, at, { start, end })
        expect(data.subarray(start, end).equals(part!), `${start}-${end}`).toBe(true)
      }
    })

    it('replaces', async () => {
      const at = key()
      await blobs.put(at, randomBytes(5000), PNG)
      const second = randomBytes(10)
      await blobs.put(at, second, PNG)
      expect(second.equals((await readBlob(blobs, at))!)).toBe(true)
    })

    it('knows nothing of what is not there', async () => {
      expect(await blobs.read(key())).toBeNull()
      expect(await blobs.read(key(), { start: 0, end: 1 })).toBeNull()
      await blobs.delete([key(), key()])
    })

    it('takes up to maxBytes and not one more, announced or streamed', async () => {
      const at = key()
      expect((await blobs.put(at, randomBytes(100), { ...PNG, maxBytes: 100 })).bytes).toBe(100)
      expect(await blobs.put(key(), randomBytes(101), { ...PNG, maxBytes: 100 }).catch(code)).toBe(
        'IMAGE_TOO_MANY_BYTES',
      )
      let taken = 0
      const endless = (async function* () {
        for (;;) {
          taken++
          yield randomBytes(1000)
        }
      })()
      const other = key()
      expect(await blobs.put(other, endless, { ...PNG, maxBytes: 10_000 }).catch(code)).toBe('IMAGE_TOO_MANY_BYTES')
      expect(taken).toBeLessThan(30)
      expect(await blobs.read(other)).toBeNull()
    })

    it('leaves nothing of what broke off, and what was there before', async () => {
      const at = key()
      const first = randomBytes(50)
      await blobs.put(at, first, PNG)
      const broken = (async function* () {
        yield randomBytes(200_000)
        throw new Error('the client went away')
      })()
      await expect(blobs.put(at, broken, PNG)).rejects.toThrow('the client went away')
      expect(first.equals((await readBlob(blobs, at))!)).toBe(true)

      const controller = new AbortController()
      const stopped = (async function* () {
        yield randomBytes(10)
        controller.abort()
        yield randomBytes(10)
      })()
      const other = key()
      expect(await blobs.put(other, stopped, { ...PNG, signal: controller.signal }).catch(code)).toBe('ABORTED')
      expect(await blobs.read(other)).toBeNull()
    })

    it('lists by prefix, with sizes and times, and deletes', async () => {
      const [a, b] = [id(), id()]
      const keys = [`jobs/${a}/input`, `jobs/${a}/result-1`, `jobs/${b}/input`]
      const beforeMs = Date.now()
      for (const [i, one] of keys.entries()) await blobs.put(one, randomBytes(i + 1), PNG)
      const listed = async (prefix: string) =>
        (await collect(blobs.list(prefix))).toSorted((x, y) => (x.key < y.key ? -1 : 1))
      const ofA = await listed(`jobs/${a}/`)
      expect(ofA.map(({ key: one, bytes }) => [one, bytes])).toEqual([
        [keys[0], 1],
        [keys[1], 2],
      ])
      // Stores and file systems keep whole seconds, some of them by a clock of their own.
      for (const { modifiedAtMs } of ofA) expect(Math.abs(modifiedAtMs - beforeMs)).toBeLessThan(60_000)
      expect((await listed('jobs/')).map((one) => one.key)).toEqual(expect.arrayContaining(keys))
      await blobs.delete([keys[0]!, keys[2]!])
      expect((await listed(`jobs/${a}/`)).map((one) => one.key)).toEqual([keys[1]])
      expect(await listed(`jobs/${b}/`)).toEqual([])
      expect(await readBlob(blobs, keys[1]!)).toHaveLength(2)
    })

    it('takes writers of one key at once, and one of them wins whole', async () => {
      const at = key()
      const all = Array.from({ length: 8 }, (_, i) => Buffer.alloc(100_000, i))
      await Promise.all(all.map((data) => blobs.put(at, data, PNG)))
      const left = await readBlob(blobs, at)
      expect(all.some((data) => data.equals(left!))).toBe(true)
    })

    it('refuses keys that are not its own', async () => {
      for (const bad of [
        '',
        'jobs',
        '../x/y',
        'jobs/../../etc',
        '/etc/passwd/x',
        'jobs/a\0b/c',
        'jobs//a',
        'jobs/A/input',
      ])
        expect(await Promise.resolve(blobs.put(bad, randomBytes(1), PNG)).catch(code), JSON.stringify(bad)).toBe(
          'INTERNAL',
        )
    })

    it('can be asked whether it works', async () => {
      await blobs.check()
    })
  })
}
