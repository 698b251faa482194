import { PassThrough, Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { boundedBody, jsonChunks, parseJson } from './body.ts'

const TIMES = { idleMs: 60_000, totalMs: 60_000 }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** One chunk for each byte; `seen` is told of every chunk. */
function byteByByte(bytes: Uint8Array, seen: (chunk: Uint8Array) => void = () => {}): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) return controller.close()
      const chunk = bytes.slice(at, ++at)
      seen(chunk)
      controller.enqueue(chunk)
    },
  })
}

describe('boundedBody', () => {
  it('holds no chunk that was read', async () => {
    const chunks: WeakRef<Uint8Array>[] = []
    const body = byteByByte(new Uint8Array(2_000), (chunk) => chunks.push(new WeakRef(chunk)))
    const reading = boundedBody(body, TIMES, 2_000)
    for (let i = 0; i < 1_900; i++) await reading.next()
    // A weak reference holds its target until the end of the turn in which it was made.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    const alive = chunks.filter((chunk) => chunk.deref() !== undefined)
    expect(chunks.length).toBeGreaterThanOrEqual(1_900)
    expect(alive.length).toBeLessThan(20)
    await reading.return()
  })

  it('counts chunks of one byte like any other', async () => {
    const read = async (length: number) => {
      let bytes = 0
      for await (const chunk of boundedBody(byteByByte(new Uint8Array(length)), TIMES, 1_000)) bytes += chunk.length
      return bytes
    }
    expect(await read(1_000)).toBe(1_000)
    await expect(read(1_001)).rejects.toMatchObject({ code: 'IMAGE_TOO_MANY_BYTES' })
  })

  it('lets others have their turn between many chunks', async () => {
    let turns = 0
    let isRead = false
    const count = (): void => {
      turns++
      if (!isRead) setImmediate(count)
    }
    setImmediate(count)
    let bytes = 0
    for await (const chunk of boundedBody(byteByByte(new Uint8Array(5_000)), TIMES, 5_000)) bytes += chunk.length
    isRead = true
    expect(bytes).toBe(5_000)
    expect(turns).toBeGreaterThanOrEqual(5_000 / 256 - 1)
  })

  it('reads a stream of Node chunk by chunk, uncopied, and leaves it to whoever comes next', async () => {
    const chunks = [Buffer.from('abc'), Buffer.from('de'), Buffer.from('f')]
    const whole = boundedBody(Readable.from(chunks, { objectMode: false }), TIMES, 6)
    const read: Uint8Array[] = []
    for await (const chunk of whole) read.push(chunk)
    expect(read.every((chunk, i) => chunk === chunks[i])).toBe(true)
    const source = new PassThrough()
    source.write('abc')
    source.write('def')
    const part = boundedBody(source, TIMES, 6)
    expect(String((await part.next()).value)).toBe('abc')
    await part.return()
    source.end('g')
    expect(source.destroyed).toBe(false)
    expect(String(Buffer.concat(await source.toArray()))).toBe('defg')
  })

  it('fails where a stream of Node is closed before its end, or fails', async () => {
    for (const reason of [undefined, new Error('reset')]) {
      const source = new PassThrough()
      const reading = boundedBody(source, TIMES, 6)
      const next = reading.next()
      source.destroy(reason)
      await expect(next).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    }
    const closed = new PassThrough().destroy()
    await expect(boundedBody(closed, TIMES, 6).next()).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('is left at once while a stream of Node is silent', async () => {
    const reading = boundedBody(new PassThrough(), TIMES, 10)
    const next = reading.next()
    await reading.return()
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('ends a body that stays silent', async () => {
    const silent = new ReadableStream<Uint8Array>()
    const reading = boundedBody(silent, { idleMs: 1, totalMs: 60_000 }, 10)
    await expect(reading.next()).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
  })

  it('is left at once while its sender is silent', async () => {
    const silent = new ReadableStream<Uint8Array>()
    const reading = boundedBody(silent, TIMES, 10)
    const next = reading.next()
    await reading.return()
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await reading.next()).toEqual({ done: true, value: undefined })
    expect(silent.locked).toBe(false)
  })
})

describe('JSON', () => {
  it('has a limit of its own', async () => {
    const value = { image: 'abc', list: [1, 2, 3], text: 'é' }
    const bytes = Buffer.from(JSON.stringify(value))
    const read = async (maxBytes: number) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of jsonChunks(boundedBody(byteByByte(bytes), TIMES, 1_000), maxBytes)) chunks.push(chunk)
      return parseJson(Buffer.concat(chunks), 'image')
    }
    expect(await read(bytes.length)).toEqual(value)
    await expect(read(bytes.length - 1)).rejects.toMatchObject({ code: 'IMAGE_TOO_MANY_BYTES' })
  })
})
