// The channels of a small copy apart, for statistics of one after another.

import { fillWith } from './fill-with.ts'
import type { Pixels } from './plane.ts'

/** Red, green and blue of an image as `sampleRaster` gives it, in 0..1. */
export function channelPlanes({ width, height, data }: Pixels<Uint16Array>): Float32Array[] {
  return [0, 1, 2].map((channel) => fillWith(new Float32Array(width * height), (i) => data[i * 3 + channel]! / 65535))
}
