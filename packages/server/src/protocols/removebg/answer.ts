// Responses as clients of remove.bg read them: the file, or base64 in JSON, with the same headers.

import { z } from '@hono/zod-openapi'
import { type Box, fitPixels, KoutuError, type Size } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import type { JobResult } from '../../jobs/job-service.ts'
import { readBlob } from '../../jobs/read-blob.ts'
import { ANY_ORIGIN } from '../cors.ts'
import { openDownload } from '../limited-response.ts'
import type { RemovebgParams } from './params.ts'
import { type MegapixelRate, rateHeaders } from './rate.ts'

/** Above this, the subject's box is told in pixels of what came in. */
const RESULT_FRAME_PIXELS = 25e6

const FIGURES = [
  'X-Width',
  'X-Height',
  'X-Max-Width',
  'X-Max-Height',
  'X-Type',
  'X-Foreground-Top',
  'X-Foreground-Left',
  'X-Foreground-Width',
  'X-Foreground-Height',
  'X-Credits-Charged',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
] as const

export interface AnswerContext {
  readonly params: RemovebgParams
  readonly rate: MegapixelRate
  readonly wantsJson: boolean
}

/** Errors: JOB_EXPIRED when the file has been deleted meanwhile, BLOB_DAMAGED, TOO_MANY_STREAMS. */
export async function answerWith(
  c: AppContext,
  result: JobResult,
  deps: Pick<AppDeps, 'blobs' | 'streams'>,
  context: AnswerContext,
): Promise<Response> {
  const { blob } = result
  const read = (): Promise<ReadableStream<Uint8Array> | null> => readBlob(deps.blobs, blob)
  const headers = new Headers({
    ...ANY_ORIGIN,
    ...figuresOf(result, context),
    'access-control-expose-headers': FIGURES.join(', '),
    'cache-control': 'private, no-store',
  })
  if (!context.wantsJson) {
    const content = await openDownload(c, deps, read)
    if (!content) throw new KoutuError('JOB_EXPIRED')
    headers.set('content-type', blob.contentType)
    headers.set('content-length', String(blob.bytes))
    return new Response(content, { headers })
  }
  const box = foregroundOf(result)
  const [before, after] = [
    '{"data":{"result_b64":"',
    `","foreground_top":${box.top},"foreground_left":${box.left},"foreground_width":${box.width},"foreground_height":${box.height}}}`,
  ]
  headers.set('content-type', 'application/json; charset=utf-8')
  headers.set('content-length', String(before.length + Math.ceil(blob.bytes / 3) * 4 + after.length))
  const text = await openDownload(c, deps, async () => {
    const content = await read()
    return content && ReadableStream.from(jsonPieces(before, content, after))
  })
  if (!text) throw new KoutuError('JOB_EXPIRED')
  return new Response(text, { headers })
}

/** Headers by name. */
function figuresOf(result: JobResult, { params, rate }: Omit<AnswerContext, 'wantsJson'>): Record<string, string> {
  const { width, height, report } = result
  const box = foregroundOf(result)
  const most: Size = fitPixels(report.fullSize, params.maxPixels)
  return {
    'x-width': String(width),
    'x-height': String(height),
    'x-max-width': String(most.width),
    'x-max-height': String(most.height),
    ...(params.type === null ? {} : { 'x-type': params.type }),
    'x-foreground-top': String(box.top),
    'x-foreground-left': String(box.left),
    'x-foreground-width': String(box.width),
    'x-foreground-height': String(box.height),
    // Nothing costs anything here.
    'x-credits-charged': '0',
    ...rateHeaders(rate),
  }
}

function foregroundOf({ report: { box, resultBox, input } }: JobResult): Box {
  const isLarge = input.width * input.height > RESULT_FRAME_PIXELS
  return (isLarge ? box : resultBox) ?? { left: 0, top: 0, width: 0, height: 0 }
}

/** Base64 as it is read: whole groups of three bytes, so that the pieces make one text. */
async function* jsonPieces(
  before: string,
  content: ReadableStream<Uint8Array>,
  after: string,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(before)
  let rest: Uint8Array = new Uint8Array(0)
  for await (const piece of content) {
    const joined = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const whole = joined.length - (joined.length % 3)
    yield Buffer.from(base64(joined.subarray(0, whole)), 'latin1')
    rest = joined.slice(whole)
  }
  yield Buffer.from(base64(rest) + after)
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

export const ResultSchema = z
  .strictObject({
    data: z.strictObject({
      result_b64: z.base64(),
      foreground_top: z.int(),
      foreground_left: z.int(),
      foreground_width: z.int(),
      foreground_height: z.int(),
    }),
  })
  .openapi('RemovebgResult')
