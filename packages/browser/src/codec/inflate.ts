// zlib streams that may end early or hold more than they should: the browser's own decompressor gives nothing of those.

import { Unzlib } from 'fflate'

/** Data go in by so much at a time, so that what comes out of a hostile stream stays bounded. */
const STEP_BYTES = 2 ** 14

/** What the parts of a zlib stream (RFC 1950) hold, as far as it can be read, and no more than `maxBytes`. */
export function inflate(parts: Iterable<Uint8Array>, maxBytes: number): Uint8Array<ArrayBuffer> {
  const found: Uint8Array[] = []
  let total = 0
  const inflator = new Unzlib((piece) => {
    found.push(piece)
    total += piece.length
  })
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length && total < maxBytes; at += STEP_BYTES) {
        inflator.push(part.subarray(at, at + STEP_BYTES))
      }
    }
  } catch {
    // What came before the damage stands.
  }
  const out = new Uint8Array(Math.min(total, maxBytes))
  let at = 0
  for (const piece of found) {
    out.set(piece.subarray(0, out.length - at), at)
    at = Math.min(out.length, at + piece.length)
  }
  return out
}
