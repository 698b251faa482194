// Base64 as it arrives: with or without `data:…;base64,` before it, line breaks within it, either alphabet.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** No client writes more before the comma. */
const MAX_PREFIX = 200
const PIECE_LETTERS = 2 ** 16
/** Letters that make whole bytes. */
const GROUP = 4

/** The bytes behind base64 text. Errors: that of `refuse` for what is none. */
export async function* decodeBase64(text: AsyncIterable<Uint8Array>, refuse: () => Error): AsyncGenerator<Uint8Array> {
  let waiting = ''
  let isEnded = false
  for await (const piece of lettersOf(text, refuse)) {
    const letters = /^[A-Za-z0-9+/_-]*/.exec(piece)![0]
    const rest = piece.slice(letters.length)
    if (!/^=*$/.test(rest) || (isEnded && letters !== '')) throw refuse()
    isEnded ||= rest !== ''
    waiting += letters
    const whole = waiting.length - (waiting.length % GROUP)
    if (whole > 0) yield Buffer.from(waiting.slice(0, whole), 'base64')
    waiting = waiting.slice(whole)
  }
  // One letter is six bits of a byte.
  if (waiting.length === 1) throw refuse()
  if (waiting !== '') yield Buffer.from(waiting, 'base64')
}

/** The text without white space, and without what a data URL has before its data. */
async function* lettersOf(text: AsyncIterable<Uint8Array>, refuse: () => Error): AsyncGenerator<string> {
  let head: string | null = ''
  for await (const { buffer, byteOffset, byteLength } of text) {
    const piece = Buffer.from(buffer, byteOffset, byteLength).toString('latin1').replace(/\s+/g, '')
    if (head === null) {
      yield piece
      continue
    }
    head += piece
    if (mayBePrefix(head)) continue
    yield withoutPrefix(head, refuse)
    head = null
  }
  if (head !== null) yield withoutPrefix(head, refuse)
}

function mayBePrefix(head: string): boolean {
  const isBegun = head.startsWith('data:') || 'data:'.startsWith(head)
  return isBegun && head.length < MAX_PREFIX && !head.includes(',')
}

function withoutPrefix(head: string, refuse: () => Error): string {
  if (!head.startsWith('data:')) return head
  const comma = head.indexOf(',')
  if (!/;base64$/i.test(head.slice(0, Math.max(0, comma)))) throw refuse()
  return head.slice(comma + 1)
}

/** A text in pieces that the decoder takes well. Others get their turn between two of them. */
export async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += PIECE_LETTERS) {
    yield Buffer.from(text.slice(at, at + PIECE_LETTERS), 'latin1')
    await nextTurn()
  }
}
