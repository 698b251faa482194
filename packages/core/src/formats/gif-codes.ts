// Whether the codes of a GIF's first image hold exactly its pixels. GIF89a specification (CompuServe 1990), appendix F. Walks the codes
// and computes no pixels: of each, only how many it stands for.

const EXTENSION = 0x21
const IMAGE = 0x2c
const MAX_CODE_BITS = 12
const MAX_CODES = 1 << MAX_CODE_BITS

/**
 * Whether there are more or fewer pixels than the image has, or a code stands for none, of which decoders say nothing. False for what is
 * no GIF.
 */
export function hasDamagedGifCodes(bytes: Uint8Array): boolean {
  let at = 13 + tableBytes(bytes[10]!)
  while (bytes[at] === EXTENSION) at = skipBlocks(bytes, at + 2)
  if (bytes[at] !== IMAGE || at + 10 >= bytes.length) return false
  const pixels = word(bytes, at + 5) * word(bytes, at + 7)
  const start = at + 10 + tableBytes(bytes[at + 9]!)
  const literalBits = bytes[start]!
  if (literalBits < 1 || literalBits >= MAX_CODE_BITS) return true
  return walkCodes(bytes, start + 1, literalBits) !== pixels
}

/** Of how many pixels the codes are, or -1 where one of them stands for none. */
function walkCodes(bytes: Uint8Array, from: number, literalBits: number): number {
  const clear = 1 << literalBits
  const end = clear + 1
  const lengths = new Uint32Array(MAX_CODES).fill(1, 0, clear)
  let [next, width, last] = [end + 1, literalBits + 1, 0]
  let [held, bits, pixels] = [0, 0, 0]
  for (let block = from; block < bytes.length && bytes[block]! > 0; block += 1 + bytes[block]!) {
    const until = Math.min(block + 1 + bytes[block]!, bytes.length)
    for (let at = block + 1; at < until; at++) {
      held |= bytes[at]! << bits
      bits += 8
      while (bits >= width) {
        const code = held & ((1 << width) - 1)
        held >>>= width
        bits -= width
        if (code === end) return pixels
        if (code === clear) {
          ;[next, width, last] = [end + 1, literalBits + 1, 0]
          continue
        }
        // The code that is about to be defined is the last one and a pixel more.
        if (code > next || (code === next && last === 0)) return -1
        if (last > 0 && next < MAX_CODES) lengths[next++] = last + 1
        last = lengths[code]!
        pixels += last
        if (next === 1 << width && width < MAX_CODE_BITS) width++
      }
    }
  }
  return pixels
}

function skipBlocks(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at]! > 0) at += 1 + bytes[at]!
  return at + 1
}

function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}
