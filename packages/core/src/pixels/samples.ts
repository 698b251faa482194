// Samples of 8 and 16 bits made of each other.

import type { Raster } from './raster.ts'

/** 16-bit samples from `from` up to `to` rounded to 8 bits: v / 257, to the nearest. */
export function roundToEightBit(samples: Uint16Array, out: Uint8Array, from = 0, to = samples.length): void {
  // floor((v + 128) / 257) is the nearest integer to v / 257, as 257 is odd.
  for (let i = from; i < to; i++) out[i] = ((samples[i]! + 128) / 257) | 0
}

/** Not by `Uint16Array.from`: it makes a list of numbers of its argument first, which takes several times the image. */
export function toSixteenBit(samples: Raster['data']): Uint16Array {
  const wide = new Uint16Array(samples.length)
  for (let i = 0; i < wide.length; i++) wide[i] = samples[i]! * 257
  return wide
}
