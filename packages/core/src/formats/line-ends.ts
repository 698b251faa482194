// Whether compressed data were changed on their way as a text would be: by FTP in text mode, a version control that takes them for text,
// or a program that writes them as one. Each byte of such data is as likely as another, so that what is nowhere was taken out.

import type { InputFormat } from '../ports/ports.ts'
import { corrupt } from './byte-view.ts'

const [LF, CR] = [0x0a, 0x0d]
/** So often each other value occurs at the least. Fewer are chance. */
const MIN_COUNT = 8
/** So many LF behind a CR are no chance. */
const MIN_PAIRS = 16

/** Compressed throughout, and without checksums: their decoders make a picture of whatever comes. */
const FORMATS: ReadonlySet<InputFormat> = new Set<InputFormat>(['jpeg', 'webp'])

/** Ends at once where the line ends are as they were. Errors: IMAGE_CORRUPT. */
export function refuseConvertedLineEnds(bytes: Uint8Array, format: InputFormat): void {
  if (FORMATS.has(format) && hasConvertedLineEnds(bytes)) throw convertedLineEnds()
}

export function convertedLineEnds(): Error {
  return corrupt('its line ends were converted as those of a text; transfer it as binary data')
}

function hasConvertedLineEnds(bytes: Uint8Array): boolean {
  return hasCrBeforeEachLf(bytes) || lacks(bytes, CR) || lacks(bytes, LF)
}

/** LF became CR LF. */
function hasCrBeforeEachLf(bytes: Uint8Array): boolean {
  let pairs = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return false
    pairs++
  }
  return pairs >= MIN_PAIRS
}

/** One became the other, or nothing. */
function lacks(bytes: Uint8Array, value: number): boolean {
  return !bytes.includes(value) && leastOfOthers(bytes) >= MIN_COUNT
}

/** How often the rarest of the values that are no line end occurs: 0 in data that are patterns and not as random. */
function leastOfOthers(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]!++
  return counts.reduce(
    (least, count, value) => (value === LF || value === CR ? least : Math.min(least, count)),
    bytes.length,
  )
}
