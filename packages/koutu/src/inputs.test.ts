// Every form of input against the bytes it stands for, from this realm and from another, and limits that hold for all of them.

import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { isKoutuError, type KoutuError } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainInput, type RemoverInput } from './inputs.ts'
import { resolve } from './options.ts'
import { storePixels } from './raw-pixels.ts'
import { createSource } from './source.ts'

const MAX = 1000
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-inputs-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function failureOf(work: Promise<unknown>): Promise<KoutuError> {
  const error: unknown = await work.then(
    () => new Error('expected an error'),
    (thrown: unknown) => thrown,
  )
  if (isKoutuError(error)) return error
  throw error
}

/** The bytes that the pipeline will see. */
async function bytesOf(input: RemoverInput, maxBytes = MAX, signal?: AbortSignal): Promise<Uint8Array> {
  const plain = await plainInput(input, maxBytes, signal)
  if ('bytes' in plain) return plain.bytes
  if ('pixels' in plain) return storePixels(plain.pixels)
  return createSource().read(plain.location, resolve({ maxBytes, offline: true }), {})
}

const asList = (bytes: Uint8Array) => [...bytes]

/** Constructors of another realm, with its own of the classes that it has. */
function inOtherRealm(code: string, values: object = {}): RemoverInput {
  return runInNewContext(code, { Blob, Response, ReadableStream, URL, ...values }) as RemoverInput
}

const FORMS: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => RemoverInput>> = {
  Uint8Array: (bytes) => bytes,
  Buffer: (bytes) => Buffer.from(bytes),
  'a part of a larger buffer': (bytes) => Uint8Array.of(9, ...bytes, 9).subarray(1, bytes.length + 1),
  Uint8ClampedArray: (bytes) => new Uint8ClampedArray(bytes),
  DataView: (bytes) => new DataView(bytes.slice().buffer),
  ArrayBuffer: (bytes) => bytes.slice().buffer,
  SharedArrayBuffer: (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    return shared.buffer
  },
  'resizable ArrayBuffer': (bytes) => {
    const buffer = new ArrayBuffer(bytes.length, { maxByteLength: bytes.length + 100 })
    new Uint8Array(buffer).set(bytes)
    return buffer
  },
  Blob: (bytes) => new Blob([bytes]),
  File: (bytes) => new File([bytes], 'photo.png'),
  Response: (bytes) => new Response(bytes),
  Request: (bytes) => new Request('http://example.org', { method: 'POST', body: bytes }),
  'web stream': (bytes) => new Blob([bytes]).stream(),
  'stream that has only a reader': (bytes) => {
    const stream = new Blob([bytes]).stream()
    return { getReader: () => stream.getReader() } as unknown as RemoverInput
  },
  'Node stream': (bytes) => Readable.from([Buffer.from(bytes)]),
  'data: URL': (bytes) => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
  'data: URL with percents': (bytes) =>
    new URL(`DATA:,${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`),
  'async generator': async function* (bytes) {
    for (const byte of bytes) yield Uint8Array.of(byte)
  } as (bytes: Uint8Array) => AsyncGenerator<Uint8Array>,
  'Uint8Array of another realm': (bytes) => inOtherRealm(`new Uint8Array([${bytes}])`),
  'ArrayBuffer of another realm': (bytes) => inOtherRealm(`new Uint8Array([${bytes}]).buffer`),
  'DataView of another realm': (bytes) => inOtherRealm(`new DataView(new Uint8Array([${bytes}]).buffer)`),
  'generator of another realm': (bytes) => inOtherRealm(`(async function* () { yield new Uint8Array([${bytes}]) })()`),
}

describe('an input', () => {
  it.each(Object.entries(FORMS))('is taken as %s', async (_name, form) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        expect(asList(await bytesOf(form(new Uint8Array(bytes))))).toEqual(asList(bytes))
      }),
      { numRuns: 20 },
    )
  })

  it.each(Object.entries(FORMS))('of more bytes than the limit is refused as %s', async (_name, form) => {
    const atLimit = new Uint8Array(MAX).fill(65)
    expect((await bytesOf(form(atLimit))).length).toBe(MAX)
    const failure = await failureOf(bytesOf(form(new Uint8Array(MAX + 1).fill(65))))
    expect(failure.code).toBe('IMAGE_TOO_MANY_BYTES')
  })

  it('is the caller’s own still, and a part of a large buffer does not take all of it along', async () => {
    const whole = new Uint8Array(100)
    expect(await plainInput(whole, MAX)).toEqual({ bytes: whole, isOwn: false })
    const part = await plainInput(whole.subarray(2, 4), MAX)
    expect('bytes' in part && part.isOwn && part.bytes.buffer.byteLength).toBe(2)
  })

  it('is a path or a file: URL', async () => {
    const path = join(folder, 'photo.bin')
    await writeFile(path, Uint8Array.of(1, 2, 3))
    for (const input of [path, pathToFileURL(path), pathToFileURL(path).href, createReadStream(path)])
      expect(asList(await bytesOf(input))).toEqual([1, 2, 3])
  })

  it('that is Base64 is told how to become an address', async () => {
    const failure = await failureOf(bytesOf(`/9j/${'A'.repeat(5000)}`))
    expect(failure).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('data:image/jpeg;base64,'),
    })
  })

  it('that is nothing of the kind is named in under 200 characters', async () => {
    const strange: unknown[] = [
      null,
      undefined,
      42,
      7n,
      true,
      Symbol('photo'),
      () => 'photo',
      {},
      [],
      [1, 2],
      new Map(),
    ]
    strange.push(Object.create(null), new Date(), Promise.resolve('photo.jpg'), { data: [1], width: 1, height: 1 })
    strange.push(new (class Wide {})(), { href: 5 }, 'x'.repeat(10_000), `${'x/'.repeat(3000)}.jpg`, 'a\0b', '')
    strange.push('data:', 'data:image/png', 'data:;base64,%%%', `file://elsewhere/x`, `file:///${'x'.repeat(5000)}`)
    for (const input of strange) {
      const failure = await failureOf(bytesOf(input as RemoverInput))
      expect(['INPUT_UNREADABLE', 'INPUT_NOT_FOUND', 'URL_REFUSED']).toContain(failure.code)
      expect(failure.message.length).toBeLessThan(200)
    }
  })

  it('that has been transferred away is refused with a code', async () => {
    for (const form of [(bytes: Uint8Array) => bytes, (bytes: Uint8Array) => bytes.buffer]) {
      const bytes = Uint8Array.of(1, 2, 3)
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
      expect((await failureOf(bytesOf(form(bytes)))).code).toBe('INPUT_UNREADABLE')
    }
  })

  it('that answers with an error is told from an image', async () => {
    const failure = await failureOf(bytesOf(new Response('not found', { status: 404 })))
    expect(failure).toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining('404') })
    expect((await failureOf(bytesOf(new Response(null)))).code).toBe('INPUT_UNREADABLE')
    const used = new Response('x')
    await used.text()
    expect((await failureOf(bytesOf(used))).code).toBe('INPUT_UNREADABLE')
  })
})

describe('a stream', () => {
  it('of anything else than bytes is refused with a code, and closed', async () => {
    for (const odd of ['text', 5, null, undefined, {}, [1, 2], { byteLength: 4, length: 4 }]) {
      let closed = false
      async function* chunks() {
        try {
          yield Uint8Array.of(1)
          yield odd as Uint8Array
        } finally {
          closed = true
        }
      }
      expect((await failureOf(bytesOf(chunks()))).code).toBe('INPUT_UNREADABLE')
      expect(closed).toBe(true)
    }
    expect((await failureOf(bytesOf(Readable.from(['text'])))).code).toBe('INPUT_UNREADABLE')
  })

  it('is counted in bytes, whatever its chunks are, and never read far beyond the limit', async () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.buffer as unknown as Uint8Array),
      fc.uint16Array({ maxLength: 300 }).map((words) => words as unknown as Uint8Array),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 20 }), async (chunks) => {
        let given = 0
        async function* stream() {
          for (const one of chunks) {
            given += one.byteLength
            yield one
          }
        }
        const total = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
        const read = bytesOf(stream())
        if (total <= MAX) expect((await read).length).toBe(total)
        else expect((await failureOf(read)).code).toBe('IMAGE_TOO_MANY_BYTES')
        expect(given).toBeLessThanOrEqual(MAX + 600)
      }),
    )
  })

  it('keeps what it gave, although its producer uses the buffer again', async () => {
    async function* stream() {
      const buffer = new Uint8Array(1)
      for (buffer[0] = 0; buffer[0] < 5; buffer[0]++) yield buffer
    }
    expect(asList(await bytesOf(stream()))).toEqual([0, 1, 2, 3, 4])
  })

  it('that says nothing is closed on abort, and keeps no program alive', async () => {
    const node = new PassThrough()
    let cancels = 0
    const web = new ReadableStream({
      pull: () => new Promise(() => {}),
      cancel() {
        cancels++
      },
    })
    for (const stream of [node, web]) {
      const controller = new AbortController()
      const reading = failureOf(bytesOf(stream, MAX, controller.signal))
      controller.abort()
      expect((await reading).code).toBe('ABORTED')
    }
    expect([node.destroyed, cancels]).toEqual([true, 1])
  })

  it('that never answers is left on abort', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const controller = new AbortController()
    const reading = failureOf(bytesOf(silent, MAX, controller.signal))
    controller.abort()
    expect((await reading).code).toBe('ABORTED')
  })

  it.skipIf(process.platform === 'win32')('has no end: a device and a pipe by path end at the limit', async () => {
    expect((await failureOf(bytesOf('/dev/zero'))).code).toBe('IMAGE_TOO_MANY_BYTES')
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reading = bytesOf(pipe)
    await writeFile(pipe, Uint8Array.of(4, 5, 6))
    expect(asList(await reading)).toEqual([4, 5, 6])
  })
})

describe('pixels in memory', () => {
  const codec = createSharpCodec()
  const limits = { maxBytes: 1e9, maxPixels: 1e6, maxFrames: 1 }
  const decode = async (input: RemoverInput) =>
    codec.decode(await bytesOf(input), { keepIcc: false, keepMetadata: false, limits }, {})

  it.each([1, 2, 3, 4])('of %d channels are decoded as they are', async (channels) => {
    const side = fc.integer({ min: 1, max: 9 })
    await fc.assert(
      fc.asyncProperty(side, side, fc.infiniteStream(fc.nat(255)), async (width, height, samples) => {
        const data = Uint8ClampedArray.from({ length: width * height * channels }, () => samples.next().value)
        const { color, alpha } = await decode({ data, width, height })
        const hasAlpha = channels % 2 === 0
        const colors = hasAlpha ? channels - 1 : channels
        for (let i = 0; i < width * height; i++) {
          for (let c = 0; c < 3; c++) expect(color.data[i * 3 + c]).toBe(data[i * channels + Math.min(c, colors - 1)])
          if (alpha) expect(Math.round(alpha.data[i]! * 255)).toBe(data[i * channels + channels - 1])
        }
        if (!alpha && hasAlpha) for (let i = 1; i <= width * height; i++) expect(data[i * channels - 1]).toBe(255)
      }),
      { numRuns: 15 },
    )
  })

  it('are no file: the limit to its bytes does not concern them', async () => {
    expect((await bytesOf({ data: new Uint8Array(4 * 900), width: 30, height: 30 }, 10)).length).toBeGreaterThan(3600)
  })

  it.each([
    { data: new Uint8Array(11), width: 2, height: 2 },
    { data: new Uint8Array(20), width: 2, height: 2 },
    { data: new Uint8Array(0), width: 0, height: 0 },
    { data: new Uint8Array(4), width: -1, height: -1 },
    { data: new Uint8Array(12), width: 2, height: 2, channels: 4 },
    { data: new Float32Array(12), width: 2, height: 2 },
    { data: new Uint8Array(6), width: 1.5, height: 1 },
  ])('that do not fill their size are refused: %o', async (pixels) => {
    expect((await failureOf(bytesOf(pixels as RemoverInput))).code).toBe('INPUT_UNREADABLE')
  })

  it('come from an image of sharp’s with what was to be done to it, upright, and leave it usable', async () => {
    const wide = await sharp({ create: { width: 4, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const turned = await sharp(wide).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const sizeOf = async (input: RemoverInput) => {
      const { width, height } = await decode(input)
      return [width, height]
    }
    const image = sharp(wide).resize(8, 3, { fit: 'fill' })
    expect(await sizeOf(image)).toEqual([8, 3])
    expect(await sizeOf(image)).toEqual([8, 3])
    expect(await sizeOf(sharp(turned))).toEqual([2, 4])
    expect(await sizeOf(sharp(turned).autoOrient())).toEqual([2, 4])
    expect((await failureOf(bytesOf(sharp(Buffer.from('no image'))))).code).toBe('INPUT_UNREADABLE')
  })
})
