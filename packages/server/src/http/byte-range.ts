// `Range` of one part (RFC 9110). Several parts, other units and malformed ones are answered with the whole, as the RFC allows.

import { KoutuError } from '@koutu/core'

export interface ByteRange {
  readonly start: number
  /** One past the last byte. */
  readonly end: number
}

/** Null for the whole. Errors: RANGE_INVALID for a range that has no byte. */
export function parseRange(header: string | undefined, bytes: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') return whole(Math.max(0, bytes - Number(last)), bytes, Number(last) > 0, bytes)
  if (last !== '' && Number(last) < Number(first)) return null
  return whole(Number(first), last === '' ? bytes : Math.min(bytes, Number(last) + 1), Number(first) < bytes, bytes)
}

function whole(start: number, end: number, isThere: boolean, bytes: number): ByteRange {
  if (!isThere || start >= end) throw new KoutuError('RANGE_INVALID', { data: { bytes } })
  return { start, end }
}
