// The row filter of assembly/png-rows.ts in TypeScript, for runtimes without the kernels. W3C PNG (third edition), section 9 for the
// filters, 12.7 for choosing one; RFC 1950 for the checksum.

import { BASE, REDUCE_AFTER } from './adler.ts'
import type { RowFilter, RowFilterSettings } from './row-filter.ts'

const FILTERS = [0, 1, 2, 3, 4] as const
type Filter = (typeof FILTERS)[number]

export function createTypescriptRowFilter(settings: RowFilterSettings): RowFilter {
  const { rowBytes, pixelBytes, choosesFilters } = settings
  // Zeros, as the specification has it above the first row.
  let above: Uint8Array = new Uint8Array(rowBytes)
  let sum = 1
  return {
    next(rows, into) {
      const bytes = bigEndian(rows)
      const count = bytes.length / rowBytes
      for (let y = 0; y < count; y++) {
        const row = bytes.subarray(y * rowBytes, (y + 1) * rowBytes)
        const out = into.subarray(y * (rowBytes + 1), (y + 1) * (rowBytes + 1))
        const filter = choosesFilters ? filterOfLeastSum(row, above, pixelBytes) : 0
        out[0] = filter
        for (let i = 0; i < rowBytes; i++) out[i + 1] = filteredByte(filter, row, above, i, pixelBytes)
        above = row
      }
      // The caller may reuse its rows before the next strip.
      above = new Uint8Array(above)
      const filtered = into.subarray(0, (rowBytes + 1) * count)
      sum = adler32(filtered, sum)
      return filtered
    },
    adler32: () => sum,
    release() {},
  }
}

function bigEndian(rows: Uint8Array | Uint16Array): Uint8Array {
  if (rows instanceof Uint8Array) return rows
  const bytes = new Uint8Array(rows.length * 2)
  for (let i = 0; i < rows.length; i++) {
    bytes[2 * i] = rows[i]! >>> 8
    bytes[2 * i + 1] = rows[i]! & 255
  }
  return bytes
}

/** The filter whose result, taken as signed bytes, has the least sum of absolute values; of equals the first. */
function filterOfLeastSum(row: Uint8Array, above: Uint8Array, pixelBytes: number): Filter {
  let best: Filter = 0
  let least = Number.POSITIVE_INFINITY
  for (const filter of FILTERS) {
    let sum = 0
    for (let i = 0; i < row.length && sum < least; i++) {
      const value = filteredByte(filter, row, above, i, pixelBytes) & 255
      sum += value < 128 ? value : 256 - value
    }
    if (sum >= least) continue
    least = sum
    best = filter
  }
  return best
}

/** Byte `i` of a row, less what the filter predicts; modulo 256 when stored. */
function filteredByte(filter: Filter, row: Uint8Array, above: Uint8Array, i: number, pixelBytes: number): number {
  const value = row[i]!
  if (filter === 0) return value
  const left = i < pixelBytes ? 0 : row[i - pixelBytes]!
  if (filter === 1) return value - left
  const up = above[i]!
  if (filter === 2) return value - up
  if (filter === 3) return value - ((left + up) >> 1)
  return value - paeth(left, up, i < pixelBytes ? 0 : above[i - pixelBytes]!)
}

function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft)
  const toUp = Math.abs(left - upLeft)
  const toUpLeft = Math.abs(left + up - 2 * upLeft)
  if (toLeft <= toUp && toLeft <= toUpLeft) return left
  return toUp <= toUpLeft ? up : upLeft
}

/** Adler-32 of what `sum` is the checksum of, followed by these bytes; that of nothing is 1. */
function adler32(bytes: Uint8Array, sum: number): number {
  let low = sum & 0xffff
  let high = sum >>> 16
  for (let start = 0; start < bytes.length; start += REDUCE_AFTER) {
    const end = Math.min(bytes.length, start + REDUCE_AFTER)
    for (let i = start; i < end; i++) {
      low += bytes[i]!
      high += low
    }
    low %= BASE
    high %= BASE
  }
  return ((high << 16) | low) >>> 0
}
