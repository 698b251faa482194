// Filtered rows against the formulas of the specification (W3C PNG, third edition, 9.2 and 12.7), and their checksum against zlib's.

import { deflateSync } from 'node:zlib'
import { createRowFilter, type InstancePool } from '@koutu/core/kernels'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../../../core/src/matting/scenes.fixture.ts'
import { loadKernels } from './load.ts'

let pool: InstancePool
beforeAll(async () => {
  const loaded = await loadKernels()
  expect(loaded.pool).not.toBeNull()
  pool = loaded.pool!
})

type Samples = Uint8Array | Uint16Array

interface Rows {
  readonly samples: Samples
  readonly rowBytes: number
  readonly pixelBytes: number
  readonly height: number
}

/** `a` left, `b` above, `c` above left. */
const GUESSES: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => Math.floor((a + b) / 2),
  (a, b, c) => {
    const estimate = a + b - c
    const [toA, toB, toC] = [Math.abs(estimate - a), Math.abs(estimate - b), Math.abs(estimate - c)]
    if (toA <= toB && toA <= toC) return a
    return toB <= toC ? b : c
  },
]

function bigEndian(samples: Samples): Uint8Array {
  if (samples instanceof Uint8Array) return samples
  return Uint8Array.from({ length: samples.length * 2 }, (_, i) => (samples[i >> 1]! >> (i % 2 === 0 ? 8 : 0)) & 255)
}

function expectedRows({ samples, rowBytes, pixelBytes, height }: Rows): Uint8Array {
  const bytes = bigEndian(samples)
  const out: number[] = []
  for (let y = 0; y < height; y++) {
    const at = (x: number, row: number) => (x < 0 || row < 0 ? 0 : bytes[row * rowBytes + x]!)
    const candidates = GUESSES.map((guess) =>
      Array.from({ length: rowBytes }, (_, x) => {
        const expected = guess(at(x - pixelBytes, y), at(x, y - 1), at(x - pixelBytes, y - 1))
        return (at(x, y) - expected + 256) % 256
      }),
    )
    const sums = candidates.map((row) => row.reduce((sum, value) => sum + Math.min(value, 256 - value), 0))
    const best = sums.indexOf(Math.min(...sums))
    out.push(best, ...candidates[best]!)
  }
  return Uint8Array.from(out)
}

/** In strips of at most `mostRows`; at once when it is left out. WebAssembly and TypeScript have to agree. */
function filterAll(rows: Rows, mostRows = rows.height, choosesFilters = true) {
  const result = filterWith(pool, rows, mostRows, choosesFilters)
  const typescript = filterWith(null, rows, mostRows, choosesFilters)
  expect(typescript.rows.equals(result.rows)).toBe(true)
  expect(typescript.checksum).toBe(result.checksum)
  return result
}

function filterWith(
  from: InstancePool | null,
  { samples, rowBytes, pixelBytes, height }: Rows,
  mostRows: number,
  choosesFilters: boolean,
) {
  const filter = createRowFilter(from, { rowBytes, pixelBytes, mostRows, choosesFilters })
  const rowSamples = samples.length / height
  const parts: Uint8Array[] = []
  for (let y = 0; y < height; y += mostRows) {
    const strip = samples.subarray(y * rowSamples, Math.min(height, y + mostRows) * rowSamples)
    // Longer than what is written, and not clean.
    parts.push(filter.next(strip, new Uint8Array((rowBytes + 1) * mostRows + 3).fill(99)))
  }
  return { rows: Buffer.concat(parts), checksum: filter.adler32() }
}

function zlibChecksum(bytes: Uint8Array): number {
  return deflateSync(bytes).readUInt32BE(deflateSync(bytes).length - 4)
}

type Next = () => number

/** Ways to fill rows, each of which another filter suits; values of 0..1. */
const FILLS: Readonly<Record<string, (next: Next, x: number, y: number) => number>> = {
  clear: () => 0,
  noise: (next) => next(),
  extremes: (next) => Math.round(next()),
  'dots on clear': (next) => (next() < 0.05 ? next() : 0),
  'clear beside noise': (next, x) => (x % 90 < 60 ? 0 : next()),
  across: (_, x) => (x % 50) / 50,
  down: (_, x, y) => ((x * 37) % 101) / 101 + y / 1000,
  slopes: (next, x, y) => ((x + 2 * y) % 64) / 64 + next() / 50,
  rows: (next, _, y) => (y % 3 === 0 ? next() : y % 3 === 1 ? 0.5 : 0),
}

function fill(name: string, width: number, height: number, pixelBytes: number, deep: boolean, seed: number): Rows {
  const next = random(seed)
  const channels = deep ? pixelBytes / 2 : pixelBytes
  const samples = deep ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels)
  const most = deep ? 65535 : 255
  for (let i = 0; i < samples.length; i++) {
    const pixel = Math.floor(i / channels)
    const value = FILLS[name]!(next, pixel % width, Math.floor(pixel / width))
    samples[i] = Math.min(most, value * most)
  }
  return { samples, rowBytes: width * pixelBytes, pixelBytes, height }
}

function expectRight(rows: Rows, mostRows?: number): void {
  const before = rows.samples.slice()
  const expected = expectedRows(rows)
  const actual = filterAll(rows, mostRows)
  expect(actual.rows.equals(expected)).toBe(true)
  expect(actual.checksum).toBe(zlibChecksum(expected))
  expect(rows.samples).toEqual(before)
}

const KINDS = [
  ['grey', 1, false],
  ['16-bit gray', 2, true],
  ['RGB', 3, false],
  ['RGBA', 4, false],
  ['16-bit RGB', 6, true],
  ['16-bit RGBA', 8, true],
] as const

describe.each(KINDS)('rows of %s', (_, pixelBytes, deep) => {
  it('are filtered as the specification says, at every width around a block of 16 bytes', () => {
    for (let width = 1; width <= 40; width++) {
      for (const name of Object.keys(FILLS)) expectRight(fill(name, width, 4, pixelBytes, deep, width))
    }
  })

  it('know the row above the strip', () => {
    fc.assert(
      fc.property(
        fc.record({
          name: fc.constantFrom(...Object.keys(FILLS)),
          width: fc.integer({ min: 1, max: 120 }),
          height: fc.integer({ min: 1, max: 12 }),
          mostRows: fc.integer({ min: 1, max: 12 }),
          seed: fc.nat(1e6),
        }),
        ({ name, width, height, mostRows, seed }) =>
          expectRight(fill(name, width, height, pixelBytes, deep, seed), Math.min(height, mostRows)),
      ),
      { numRuns: 150 },
    )
  })

  it('stay as they are where no filter is wanted', () => {
    const rows = fill('slopes', 37, 5, pixelBytes, deep, 1)
    const bytes = bigEndian(rows.samples)
    const expected = Array.from({ length: 5 }, (_, y) => [
      0,
      ...bytes.subarray(y * rows.rowBytes, (y + 1) * rows.rowBytes),
    ]).flat()
    expect([...filterAll(rows, 2, false).rows]).toEqual(expected)
  })
})

it('uses all five filters on what they are for', () => {
  const used = new Set<number>()
  for (const name of Object.keys(FILLS)) {
    const { rows } = filterAll(fill(name, 60, 9, 4, false, 3))
    for (let y = 0; y < 9; y++) used.add(rows[y * 241]!)
  }
  expect([...used].sort()).toEqual([0, 1, 2, 3, 4])
})

it('sums up what is largest without overflow', () => {
  const samples = new Uint8Array(30_000 * 7).fill(255)
  const rows: Rows = { samples, rowBytes: 30_000, pixelBytes: 1, height: 7 }
  const { rows: filtered, checksum } = filterAll(rows, 3, false)
  expect(checksum).toBe(zlibChecksum(filtered))
})
