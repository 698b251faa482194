// One way to read a body, whether it is a stream of the web or of Node. Node's own stream is read where there is one: its form for
// the web copies each chunk.

import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { AppContext } from '../http/route.ts'

export type BodySource = ReadableStream<Uint8Array> | Readable

export interface BodyReader {
  /** Null at the end. Throws where the connection ends first. */
  read(): Promise<Uint8Array | null>
  /** Reads nothing more, and closes nothing. */
  release(): void
}

export function bodyOf(c: AppContext): BodySource | null {
  const incoming = c.env?.incoming
  const isUntouched = incoming instanceof IncomingMessage && incoming.listenerCount('data') === 0
  return isUntouched ? incoming : c.req.raw.body
}

export function readerOf(source: BodySource): BodyReader {
  return 'getReader' in source ? webReader(source) : nodeReader(source)
}

function webReader(stream: ReadableStream<Uint8Array>): BodyReader {
  const reader = stream.getReader()
  return {
    async read() {
      const { done, value } = await reader.read()
      return done ? null : value
    },
    // Canceling would close the connection before the answer.
    release: () => reader.releaseLock(),
  }
}

function nodeReader(stream: Readable): BodyReader {
  const chunks: Uint8Array[] = []
  let isReleased = false
  let wake = (): void => {}
  const onData = (chunk: Uint8Array): void => {
    chunks.push(chunk)
    stream.pause()
    wake()
  }
  const onChange = (): void => wake()
  stream.on('data', onData).on('end', onChange).on('close', onChange).on('error', onChange)
  stream.pause()
  return {
    async read() {
      for (;;) {
        const chunk = chunks.shift()
        if (chunk) return chunk
        if (stream.readableEnded || isReleased) return null
        if (stream.destroyed) throw stream.errored ?? new Error('closed')
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        stream.resume()
        await promise
      }
    },
    release() {
      isReleased = true
      stream.off('data', onData).off('end', onChange).off('close', onChange).off('error', onChange)
      wake()
    },
  }
}
