// Enlarges 8-bit RGB in WebAssembly by Catmull-Rom splines (Keys 1981), to the very samples that libvips gives, which is eight times
// as slow at it: weights for 64 places between two pixels, in 12 bits, and both axes shifted by half a pixel of the result even where
// only one grows. Networks were calibrated with its samples.

import type { Size } from '../pixels/raster.ts'
import { bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

/** Source pixels that a pixel of the result is made of, along an axis. */
const TAPS = 4
/** Places between two pixels that are told apart. */
const PLACES = 64
/** A weight of 1. */
const ONE = 4096
/** The smallest side that libvips enlarges so. */
export const LEAST_SIDE = 4

/** For each pixel along an axis the first of the source pixels that it is made of, which may lie outside, and their weights. */
interface Taps {
  readonly first: Int32Array
  readonly weights: Int16Array
}

/** `rgb` of size `from` stretched to size `to`, which is no smaller along either axis. Sides of `from` are at least `LEAST_SIDE`. */
export function enlargeRgb(pool: InstancePool, rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  return pool.use((instance) => enlargeIn(instance, rgb, from, to))
}

function enlargeIn({ run, put, allocate, write, read }: Instance, rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  const out = new Uint8Array(to.width * to.height * 3)
  const columns = tapsOf(along(from.width, to.width))
  const rows = tapsOf(across(from.height, to.height))
  const nearest = (row: number) => Math.min(from.height - 1, Math.max(0, row))
  const bands = bandsOf(to).map((band) => ({
    ...band,
    first: nearest(rows.first[band.top]!),
    last: nearest(rows.first[band.top + band.rows - 1]! + TAPS - 1),
  }))
  const mostRows = Math.max(...bands.map(({ first, last }) => last - first + 1))
  run.openEnlarge(from.width, to.width, put(columns.first), put(columns.weights), mostRows)
  const weights = put(rows.weights)
  const given = allocate(mostRows * from.width * 3)
  const made = allocate(Math.max(...bands.map((band) => band.rows)) * to.width * 3 + 16)
  for (const { top, rows: count, from: begin, to: end, first, last } of bands) {
    write(given, rgb.subarray(first * from.width * 3, (last + 1) * from.width * 3))
    for (let row = first; row <= last; row++) run.enlargeAcross(given + (row - first) * from.width * 3, row - first)
    for (let y = top; y < top + count; y++) {
      const place = (tap: number) => nearest(rows.first[y]! + tap) - first
      const target = made + (y - top) * to.width * 3
      run.enlargeDown(place(0), place(1), place(2), place(3), weights + y * TAPS * 2, target)
    }
    read(made, out.subarray(begin * 3, end * 3))
  }
  return out
}

/** Places of the result's pixels among those of the source, half a pixel of the result too far left: summed up, as libvips does. */
function along(from: number, to: number): Float64Array {
  const step = stepOf(from, to)
  const places = new Float64Array(to)
  for (let i = 0, place = 0.5; i < to; i++, place += step) places[i] = place
  return places
}

/** The same down the rows, each for itself. */
function across(from: number, to: number): Float64Array {
  const step = stepOf(from, to)
  return Float64Array.from({ length: to }, (_, i) => i * step + 0.5)
}

/** Source pixels for each of the result, by way of the factor that libvips is given: the last bit counts. */
function stepOf(from: number, to: number): number {
  return 1 / (1 / (from / to))
}

/** `places` count from one pixel before the first. */
function tapsOf(places: Float64Array): Taps {
  const tables = Array.from({ length: PLACES + 1 }, (_, place) => splineAt(place / PLACES))
  const first = new Int32Array(places.length)
  const weights = new Int16Array(places.length * TAPS)
  for (const [i, place] of places.entries()) {
    const pixel = Math.floor(place)
    first[i] = pixel - 2
    const halves = Math.trunc(place * 2 * PLACES) % (2 * PLACES)
    weights.set(tables[(halves + 1) >> 1]!, i * TAPS)
  }
  return { first, weights }
}

function splineAt(t: number): number[] {
  const rest = 1 - t
  const bend = -0.5 * t * rest
  const before = rest * bend
  const behind = t * bend
  return [before, rest - 2 * before + behind, t - 2 * behind + before, behind].map((weight) => Math.trunc(weight * ONE))
}
