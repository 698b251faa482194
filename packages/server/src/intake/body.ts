// The body of a request as it arrives, within its time, and small ones as JSON. Clients that send slowly, or stop, get an error.

import { KoutuError } from '@koutu/core'
import { badRequest } from '../http/problem.ts'
import { createTurns } from '../limits/turns.ts'
import { type BodyReader, type BodySource, readerOf } from './body-reader.ts'
import { checkJson } from './json-limits.ts'
import { tooManyBytes } from './spool.ts'

export interface BodyTimes {
  /** Longest silence between two pieces. */
  readonly idleMs: number
  /** For the whole body. */
  readonly totalMs: number
}

/** Chunks as they arrive. `return` ends a wait for the next one at once. */
export interface BoundedBody extends AsyncIterableIterator<Uint8Array> {
  return(): Promise<IteratorResult<Uint8Array>>
}

/** A few milliseconds of work. */
const BYTES_A_TURN = 2 ** 19
/** A chunk costs as much as so many bytes, however small it is. */
const CHUNK_BYTES = 2 ** 11

/** Of all bodies that this thread reads. */
const turns = createTurns(BYTES_A_TURN)
const END = { done: true, value: undefined } as const

/** Errors: REQUEST_TIMEOUT, REQUEST_INVALID when the connection ends early, IMAGE_TOO_MANY_BYTES. */
export function boundedBody(body: BodySource | null, { idleMs, totalMs }: BodyTimes, maxBytes: number): BoundedBody {
  let reader = body && readerOf(body)
  let bytes = 0
  let late: KoutuError | null = null
  let stopWaiting = (_reason: KoutuError): void => {}
  const expire = (): void => {
    late = new KoutuError('REQUEST_TIMEOUT', {
      detail: `expected the body within ${totalMs} ms, with no pause of more than ${idleMs} ms`,
      data: { idleMs, totalMs },
    })
    stopWaiting(late)
  }
  const total = setTimeout(expire, totalMs)
  let idle: NodeJS.Timeout | undefined
  const close = (): void => {
    clearTimeout(total)
    clearTimeout(idle)
    reader?.release()
    reader = null
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (!reader) return END
    if (late) throw late
    // Only the sender's silence counts, not what is done with its bytes.
    idle = setTimeout(expire, idleMs)
    // Not a race with one promise for the whole body: that promise would hold every chunk until the end.
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
    stopWaiting = reject
    read(reader).then(resolve, reject)
    const value = await promise
    clearTimeout(idle)
    if (!value) return END
    bytes += value.length
    if (bytes > maxBytes) throw tooManyBytes(maxBytes)
    await turns.take(value.length + CHUNK_BYTES)
    return { done: false, value }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      try {
        const result = await next()
        if (result.done) close()
        return result
      } catch (error) {
        close()
        throw error
      }
    },
    async return() {
      close()
      stopWaiting(new KoutuError('ABORTED'))
      return END
    },
  }
}

async function read(reader: BodyReader): Promise<Uint8Array | null> {
  try {
    return await reader.read()
  } catch (error) {
    throw new KoutuError('REQUEST_INVALID', { detail: 'the connection ended before the body did', cause: error })
  }
}

/** What the sender says the body has; checked before the first byte is read. Errors: REQUEST_INVALID, IMAGE_TOO_MANY_BYTES. */
export function checkAnnounced(headers: Headers, maxBytes: number): void {
  const text = headers.get('content-length')
  if (text === null) return
  if (!/^\d{1,15}$/.test(text)) throw badRequest('expected a number in Content-Length')
  if (Number(text) > maxBytes) throw tooManyBytes(maxBytes, Number(text))
  const encoding = headers.get('content-encoding')
  // Decompressing would let few bytes become many.
  if (encoding !== null && encoding !== 'identity') throw badRequest('expected a body without Content-Encoding')
}

/** The chunks of a JSON body. Errors: IMAGE_TOO_MANY_BYTES. */
export async function* jsonChunks(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected at most ${maxBytes} bytes of JSON; send larger images as multipart/form-data or as the body itself`,
        data: { limit: maxBytes },
      })
    }
    yield chunk
  }
}

/** `imageField` is the name of fields that hold images. Errors: REQUEST_INVALID. */
export function parseJson(bytes: Uint8Array, imageField: string): unknown {
  checkJson(bytes, imageField)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw badRequest('the body is not JSON in UTF-8')
  }
}
