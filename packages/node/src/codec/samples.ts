// The conversions of samples that libvips does otherwise than we need: exact rounding, 10 and 12 bit ranges, alpha apart.

import type { Box, Plane, Raster, Size } from '@koutu/core'
import { roundToEightBit } from '@koutu/core/pixels'
import { inSlices } from './slices.ts'

export type Samples = Uint8Array | Uint16Array

/** Bytes of sharp as what they say they are: a Buffer would pass for a Uint8Array but slices without copying. */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** 16-bit samples rounded to 8 bits. libvips would cut the low byte off. */
export async function toEightBit(samples: Uint16Array, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const out = new Uint8Array(samples.length)
  await inSlices(samples.length, (from, to) => roundToEightBit(samples, out, from, to), signal)
  return out
}

/**
 * Stretches samples of `bits` < 16 bits that were shifted to the top of 16 to the whole range, in place, so that white is
 * 65535 and not 65472 as 10 bits shifted up would leave it.
 */
export async function stretchShifted(
  samples: Uint16Array,
  bits: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scale = 65535 / (65536 - 2 ** (16 - bits))
  await inSlices(
    samples.length,
    (from, to) => {
      for (let i = from; i < to; i++) samples[i] = Math.min(65535, Math.round(samples[i]! * scale))
    },
    signal,
  )
}

/** Stretches 16-bit samples whose white is `white` to the whole range, in place. */
export async function stretchFrom(samples: Uint16Array, white: number, signal: AbortSignal | undefined): Promise<void> {
  const scale = 65535 / white
  await inSlices(
    samples.length,
    (from, to) => {
      for (let i = from; i < to; i++) samples[i] = Math.min(65535, Math.round(samples[i]! * scale))
    },
    signal,
  )
}

export interface Pixels extends Size {
  readonly channels: 3 | 4
  readonly data: Samples
}

/** Interleaved samples of the channels of `picked`, in their order. */
export async function pickChannels(
  { width, height, data }: Size & { readonly data: Samples },
  channels: number,
  picked: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const area = width * height
  const count = picked.length
  const out: Samples = data instanceof Uint16Array ? new Uint16Array(area * count) : new Uint8Array(area * count)
  await inSlices(
    area,
    (from, to) => {
      for (let i = from; i < to; i++) {
        for (let k = 0; k < count; k++) out[i * count + k] = data[i * channels + picked[k]!]!
      }
    },
    signal,
  )
  return { width, height, channels: count === 4 ? 4 : 3, data: out }
}

/** RGB as RGBA that is transparent outside `box`. */
export async function transparentOutside(
  { width, height, data }: Size & { readonly data: Samples },
  box: Box,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const deep = data instanceof Uint16Array
  const out: Samples = deep ? new Uint16Array(width * height * 4) : new Uint8Array(width * height * 4)
  const opaque = deep ? 65535 : 255
  await inSlices(
    width * height,
    (from, to) => {
      for (let i = from; i < to; i++) {
        const x = (i % width) - box.left
        const y = Math.floor(i / width) - box.top
        if (x < 0 || y < 0 || x >= box.width || y >= box.height) continue
        for (let k = 0; k < 3; k++) out[i * 4 + k] = data[i * 3 + k]!
        out[i * 4 + 3] = opaque
      }
    },
    signal,
  )
  return { width, height, channels: 4, data: out }
}

/** RGBA as RGB and an alpha plane, which is null where every pixel is opaque. */
export async function splitAlpha(
  rgba: Samples,
  width: number,
  height: number,
  signal: AbortSignal | undefined,
): Promise<{ color: Raster; alpha: Plane | null }> {
  const area = width * height
  const deep = rgba instanceof Uint16Array
  const max = deep ? 65535 : 255
  const rgb: Samples = deep ? new Uint16Array(area * 3) : new Uint8Array(area * 3)
  let opaque = true
  await inSlices(
    area,
    (from, to) => {
      for (let i = from, read = from * 4, write = from * 3; i < to; i++, read += 4, write += 3) {
        rgb[write] = rgba[read]!
        rgb[write + 1] = rgba[read + 1]!
        rgb[write + 2] = rgba[read + 2]!
        if (rgba[read + 3] !== max) opaque = false
      }
    },
    signal,
  )
  const color: Raster = { width, height, channels: 3, alpha: 'none', data: rgb }
  if (opaque) return { color, alpha: null }
  const data = new Float32Array(area)
  await inSlices(
    area,
    (from, to) => {
      for (let i = from; i < to; i++) data[i] = rgba[i * 4 + 3]! / max
    },
    signal,
  )
  return { color, alpha: { width, height, data } }
}
