// What a JSON body or a form may look like, found in one pass over its bytes before anything is made of them: parsers and
// schemas take time and memory for every value, and a small body can hold millions.

import { badRequest } from '../http/problem.ts'

const MAX_DEPTH = 32
/** Beside the image, in base64, that the body may carry. */
const MAX_TEXT_BYTES = 2 ** 20
/** The longest hints hold 5,000 points of two numbers each. */
const MAX_VALUES = 20_000
const MAX_FORM_FIELDS = 1_000

const [QUOTE, BACKSLASH, COMMA, COLON, AMPERSAND] = [0x22, 0x5c, 0x2c, 0x3a, 0x26]
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/**
 * Whether the bytes are JSON is for the parser to say. `imageField` is the name of the fields that hold images; their
 * length is not counted. Errors: REQUEST_INVALID.
 */
export function checkJson(bytes: Uint8Array, imageField: string): void {
  const image = Buffer.from(imageField)
  let depth = 0
  let values = 0
  let imageBytes = 0
  /** The string that was read last, and whether it is the name of a field. */
  let [from, to, isName] = [0, 0, false]
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      const isImage = isName && image.equals(bytes.subarray(from, to))
      from = at + 1
      to = endOfString(bytes, from)
      if (isImage) imageBytes += to - from
      isName = false
      at = to
    } else if (byte === COLON) isName = true
    else if (byte === COMMA || OPENING.has(byte)) {
      isName = false
      if (++values > MAX_VALUES) throw badRequest(`expected at most ${MAX_VALUES} values in the JSON body`)
      if (byte !== COMMA && ++depth > MAX_DEPTH) throw badRequest(`expected JSON of at most ${MAX_DEPTH} levels`)
    } else if (CLOSING.has(byte)) depth--
    if (at - imageBytes > MAX_TEXT_BYTES) {
      throw badRequest(`expected at most ${MAX_TEXT_BYTES} bytes of JSON beside the images`)
    }
  }
}

/** Where the closing quote is; the end of the bytes where there is none. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0
    while (at - slashes > from && bytes[at - slashes - 1] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at
  }
  return bytes.length
}

/** Errors: REQUEST_INVALID. */
export function checkForm(bytes: Uint8Array): void {
  let fields = 1
  for (let at = bytes.indexOf(AMPERSAND); at >= 0; at = bytes.indexOf(AMPERSAND, at + 1)) {
    if (++fields > MAX_FORM_FIELDS) throw badRequest(`expected at most ${MAX_FORM_FIELDS} fields in the form`)
  }
}
