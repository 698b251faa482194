// Many calls of one remover at once, calls that stall, and modules that are loaded again. Alpha is given, so that no network runs.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { readMemory } from '@koutu/node/memory'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createByteBudget } from '../packages/koutu/src/byte-budget.ts'
import type { Cutout } from '../packages/koutu/src/cutout.ts'
import type { RemoverInput } from '../packages/koutu/src/inputs.ts'
import { createRemover, type Remover } from '../packages/koutu/src/remover.ts'

const SIZE = { width: 40, height: 30 }
const hasPipes = process.platform === 'linux'
const photo = await sharp({ create: { ...SIZE, channels: 3, background: '#a63' } })
  .png()
  .toBuffer()
const alpha = { data: new Uint8Array(SIZE.width * SIZE.height).fill(200), ...SIZE }

const cut = (remover: Remover, input: RemoverInput, signal?: AbortSignal) =>
  remover.applyAlpha(input, alpha, {}, signal ? { signal } : {})
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: { code: string; name: string }) => [error.code, error.name],
  )
const ABORTED = ['ABORTED', 'AbortError']

/** Never says anything. `isRead`: whether anybody asked. */
function silent(): AsyncIterable<Uint8Array> & { isRead: boolean } {
  const stream = {
    isRead: false,
    [Symbol.asyncIterator]: () => ({
      next: () => {
        stream.isRead = true
        return new Promise<never>(() => {})
      },
    }),
  }
  return stream
}

describe('many calls at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'koutu-many-calls-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('read their inputs when it is their turn, in order, and all get their result', async () => {
    await using remover = await createRemover({}, { concurrency: 2 })
    const begun: number[] = []
    let inProgress = 0
    let most = 0
    const call = async (i: number) => {
      async function* input() {
        begun.push(i)
        most = Math.max(most, ++inProgress)
        yield photo
      }
      const { image } = await cut(remover, input())
      inProgress--
      return (await image.bytes()).length
    }
    const lengths = await Promise.all(Array.from({ length: 8 }, (_, i) => call(i)))
    expect(new Set(lengths).size).toBe(1)
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(2)
  })

  it.skipIf(readMemory().isLimited)(
    'come to their end where memory allows one result at a time, whatever their callers do with it',
    async () => {
      await using remover = await createRemover({}, { reservedBytes: readMemory().bytes })
      const ways: ((result: Cutout) => Promise<unknown>)[] = [
        ({ image }) => image.bytes(),
        (result) => result.toFile(join(folder, 'other.avif')),
        async (result) => result.alpha,
        ({ image }) => new Promise(setImmediate).then(() => image.bytes()),
        ({ image }) => Promise.all([image.bytes(), image.raw()]),
      ]
      const calls = Array.from({ length: 15 }, (_, i) => cut(remover, photo).then(ways[i % ways.length]))
      const stop = new AbortController()
      calls.push(...Array.from({ length: 3 }, () => cut(remover, photo, stop.signal)))
      stop.abort()
      const outcomes = await Promise.all(calls.map(outcome))
      expect(outcomes.filter((one) => one === 'done')).toHaveLength(15)
      const { image } = await cut(remover, photo)
      expect((await image.bytes()).length).toBeGreaterThan(0)
    },
  )

  it('wait while results are encoded', async () => {
    const turns = createByteBudget(1)
    const leave = turns.occupy(1)
    const entered: string[] = []
    const waiting = turns.take(1).then(() => entered.push('call'))
    await Promise.resolve()
    expect(entered).toEqual([])
    leave()
    leave()
    await waiting
    expect(entered).toEqual(['call'])
  })

  it.each([0, -1, Number.NaN])('concurrency %d is refused', async (concurrency) => {
    expect(await outcome(createRemover({}, { concurrency }))).toEqual(['INVALID_OPTIONS', expect.any(String)])
  })
})

describe('a call that stalls', () => {
  const server = createServer((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-type': 'image/png' }).write(photo.subarray(0, 40))
  })
  const folder = mkdtempSync(join(tmpdir(), 'koutu-stall-'))
  const pipe = join(folder, 'pipe')
  beforeAll(async () => {
    if (hasPipes) execFileSync('mkfifo', [pipe])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

  const kinds: [string, () => RemoverInput][] = [
    ['an async iterable', silent],
    ['a stream of the web', () => new ReadableStream({ pull: () => new Promise(() => {}) })],
    ['a stream of Node', () => new PassThrough()],
    ['a response', () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))],
    ['an image of sharp that waits for its file', () => sharp()],
    ['a server that does not answer', () => url('/')],
    ['a server that stops in the middle', () => url('/half')],
    ...(hasPipes ? [['a named pipe that nobody opens', () => pipe] as [string, () => RemoverInput]] : []),
  ]

  it.each(kinds)('ends on abort, by name: %s', async (_, input) => {
    await using remover = await createRemover({ allowPrivateUrls: true })
    const stop = new AbortController()
    const stalled = outcome(cut(remover, input(), stop.signal))
    await outcome(cut(remover, photo))
    stop.abort()
    expect(await stalled).toEqual(ABORTED)
  })

  it.each(kinds)('ends with its remover: %s', async (_, input) => {
    const remover = await createRemover({ allowPrivateUrls: true })
    const stalled = outcome(cut(remover, input()))
    await outcome(cut(remover, photo))
    await remover[Symbol.asyncDispose]()
    expect(await stalled).toEqual(ABORTED)
  })

  it.runIf(hasPipes)('a named pipe is read once somebody writes', async () => {
    await using remover = await createRemover()
    const result = cut(remover, pipe)
    await outcome(cut(remover, photo))
    await writeFile(pipe, photo)
    expect((await result).alpha.width).toBe(SIZE.width)
  })

  it('ends with its remover, and so do those behind it', async () => {
    const remover = await createRemover({}, { concurrency: 1 })
    const behind = silent()
    const calls = [outcome(cut(remover, silent())), outcome(cut(remover, behind))]
    await remover[Symbol.asyncDispose]()
    expect(await Promise.all(calls)).toEqual([ABORTED, ABORTED])
    expect(behind.isRead).toBe(false)
  })

  it('is left by those that wait behind it and are aborted', async () => {
    await using remover = await createRemover({}, { concurrency: 1 })
    const stop = new AbortController()
    const first = outcome(cut(remover, silent(), stop.signal))
    const waiting = silent()
    expect(await outcome(cut(remover, waiting, AbortSignal.abort()))).toEqual(ABORTED)
    expect(waiting.isRead).toBe(false)
    stop.abort()
    expect([await first, await outcome(cut(remover, photo))]).toEqual([ABORTED, 'done'])
  })
})

it('a module that is loaded again shares one thread with the one before', async () => {
  let threads = 0
  const count = () => threads++
  process.on('worker', count)
  try {
    for (let i = 0; i < 3; i++) {
      vi.resetModules()
      const { applyAlpha } = await import('../packages/koutu/src/remover.ts')
      expect((await applyAlpha(photo, alpha)).alpha.width).toBe(SIZE.width)
    }
    expect(threads).toBe(1)
  } finally {
    process.off('worker', count)
  }
})
