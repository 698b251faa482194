// Base64 as it arrives: with or without `data:…;base64,` before it, line breaks within it, either alphabet.

import { refusal } from './errors.ts'

/** No client writes more before the comma. */
const MAX_PREFIX = 200
/** Letters that make whole bytes. */
const GROUP = 4

/** The bytes behind base64 text. Errors: failed_to_read_image for what is none. */
export async function* decodeBase64(text: AsyncIterable<Uint8Array>, field: string): AsyncGenerator<Uint8Array> {
  let waiting = ''
  let isEnded = false
  for await (const piece of lettersOf(text, field)) {
    const letters = /^[A-Za-z0-9+/_-]*/.exec(piece)![0]
    const rest = piece.slice(letters.length)
    if (!/^=*$/.test(rest) || (isEnded && letters !== '')) throw noBase64(field)
    isEnded ||= rest !== ''
    waiting += letters
    const whole = waiting.length - (waiting.length % GROUP)
    if (whole > 0) yield Buffer.from(waiting.slice(0, whole), 'base64')
    waiting = waiting.slice(whole)
  }
  // One letter is six bits of a byte.
  if (waiting.length === 1) throw noBase64(field)
  if (waiting !== '') yield Buffer.from(waiting, 'base64')
}

/** The text without white space, and without what a data URL has before its data. */
async function* lettersOf(text: AsyncIterable<Uint8Array>, field: string): AsyncGenerator<string> {
  let head: string | null = ''
  for await (const { buffer, byteOffset, byteLength } of text) {
    const piece = Buffer.from(buffer, byteOffset, byteLength).toString('latin1').replace(/\s+/g, '')
    if (head === null) {
      yield piece
      continue
    }
    head += piece
    if (mayBePrefix(head)) continue
    yield withoutPrefix(head, field)
    head = null
  }
  if (head !== null) yield withoutPrefix(head, field)
}

function mayBePrefix(head: string): boolean {
  const isBegun = head.startsWith('data:') || 'data:'.startsWith(head)
  return isBegun && head.length < MAX_PREFIX && !head.includes(',')
}

function withoutPrefix(head: string, field: string): string {
  if (!head.startsWith('data:')) return head
  const comma = head.indexOf(',')
  if (!/;base64$/i.test(head.slice(0, Math.max(0, comma)))) throw noBase64(field)
  return head.slice(comma + 1)
}

function noBase64(field: string) {
  return refusal('failed_to_read_image', `${field}: expected base64`)
}

/** A text in pieces that the decoder takes well. */
export async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 2 ** 16) yield Buffer.from(text.slice(at, at + 2 ** 16), 'latin1')
}
