// Counts the chunks of a source and stops at a limit or an abort. The same for every store.

import { KoutuError } from '@koutu/core'

/** Errors: IMAGE_TOO_MANY_BYTES with the first byte too many, ABORTED. */
export async function* limited(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  let bytes = 0
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
    bytes += chunk.length
    if (maxBytes !== undefined && bytes > maxBytes)
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected at most ${maxBytes} bytes`,
        data: { limit: maxBytes },
      })
    yield chunk
  }
  if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
}
