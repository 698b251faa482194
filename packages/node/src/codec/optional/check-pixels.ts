// The size of an image asked again, of its decoder: the header may have said otherwise.

import { KoutuError } from '@koutu/core/errors'

/** Errors: IMAGE_TOO_LARGE. */
export function checkDecodedPixels(pixels: number, maxPixels: number): void {
  if (pixels <= maxPixels) return
  throw new KoutuError('IMAGE_TOO_LARGE', {
    detail: `expected at most ${maxPixels} pixels but received ${pixels}`,
    data: { limit: maxPixels, actual: pixels },
  })
}
