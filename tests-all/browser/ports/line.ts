// The tests' end of the line to a page: a server's events carry calls there, its requests bring answers. Any browser speaks it.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type AnswerMessage, type Caller, type CallMessage, createCaller } from '@koutu/core/channel'
import type { Codec, Ctx, Engine } from '@koutu/core/ports'
import { FROM_PAGE, type PortCalls, TO_PAGE } from './calls.ts'
import { pack, unpack } from './wire.ts'

export interface Line {
  readonly call: Caller<PortCalls>['call']
  readonly codec: Codec
  readonly engine: Engine
  /** For the server that the page comes from. */
  readonly intercept: (path: string, request: IncomingMessage, response: ServerResponse) => boolean
  /** When the page has come. */
  readonly opened: Promise<void>
}

export function createLine(): Line {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  let events: ServerResponse | null = null
  const caller = createCaller<PortCalls>({
    post: (message: CallMessage) => events!.write(`data: ${pack(message)}\n\n`),
  })
  return {
    call: caller.call,
    codec: codecOver(caller),
    engine: engineOver(caller),
    opened,
    intercept(path, request, response) {
      if (path === TO_PAGE) {
        events = response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        events.flushHeaders()
        open()
        return true
      }
      if (path !== FROM_PAGE) return false
      void text(request).then((body) => {
        response.writeHead(204).end()
        caller.receive(unpack(body) as AnswerMessage)
      })
      return true
    },
  }
}

/** The other side is to refuse by itself: the caller would answer for it. */
const isAborted = ({ signal }: Ctx) => signal?.aborted === true

function codecOver({ call }: Caller<PortCalls>): Codec {
  return {
    id: 'browser',
    async decode(bytes, request, ctx) {
      const { srgb, ...picture } = await call('decode', { bytes, request, isAborted: isAborted(ctx) })
      return { ...picture, srgb: srgb ?? picture.color }
    },
    encode: async (raster, request, ctx) => call('encode', { raster, request, isAborted: isAborted(ctx) }),
    cover: async (raster, size, ctx) => call('cover', { raster, size, isAborted: isAborted(ctx) }),
    blur: async (raster, sigmaPx, ctx) => call('blur', { raster, sigmaPx, isAborted: isAborted(ctx) }),
  }
}

function engineOver({ call }: Caller<PortCalls>): Engine {
  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      await call('warm', { request, isAborted: isAborted(ctx) })
    },
    segment: async ({ srgb, ...picture }, request, ctx) =>
      call('segment', {
        picture: { ...picture, srgb: srgb === picture.color ? null : srgb },
        request,
        isAborted: isAborted(ctx),
      }),
    async [Symbol.asyncDispose]() {},
  }
}
