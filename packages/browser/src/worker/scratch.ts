// The large buffers that one call made on its way, given back as soon as it is done: the collector would leave them beside the copies
// of the result.

import type { PipelineResult } from '@koutu/core/pipeline'
import type { Raster } from '@koutu/core/pixels'
import type { Codec, MatteKernels } from '@koutu/core/ports'
import { freeBuffer } from '../free-buffer.ts'

export interface Scratch {
  /** Notes what is decoded. */
  codec(codec: Codec): Codec
  /** Notes the colors that are estimated. */
  kernels(kernels: MatteKernels): MatteKernels
  /** Nothing that was noted can be read from then on, but what the result is made of. */
  free(result: PipelineResult): void
}

export function createScratch(): Scratch {
  const noted = new Set<ArrayBufferLike>()
  const note = <T extends Raster>(raster: T): T => {
    noted.add(raster.data.buffer)
    return raster
  }
  return {
    codec: (codec) => ({
      ...codec,
      async decode(...request) {
        const picture = await codec.decode(...request)
        note(picture.color)
        note(picture.srgb)
        return picture
      },
    }),
    kernels: (kernels) => ({
      ...kernels,
      estimateForeground: (...request) => note(kernels.estimateForeground(...request)),
    }),
    free(result) {
      for (const { data } of rastersOf(result)) noted.delete(data.buffer)
      for (const buffer of noted) freeBuffer(buffer)
    },
  }
}

/** What a result is made of. */
export function rastersOf({ raster, encode: { layers = [] } }: Pick<PipelineResult, 'raster' | 'encode'>): Raster[] {
  return [raster, ...layers.map((layer) => layer.raster)]
}
