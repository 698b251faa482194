// What a call gives back when it is done, with a codec and kernels that stand in.

import type { PipelineResult } from '@koutu/core/pipeline'
import type { Raster } from '@koutu/core/pixels'
import type { Codec, MatteKernels } from '@koutu/core/ports'
import { expect, it } from 'vitest'
import { createScratch } from './scratch.ts'

const raster = (): Raster => ({ width: 1, height: 1, channels: 3, alpha: 'none', data: new Uint8Array(3) })
const isFree = ({ data }: Raster) => data.length === 0

async function call(resultOf: (color: Raster, foreground: Raster) => { raster: Raster; layers?: Raster[] }) {
  const scratch = createScratch()
  const [color, estimated] = [raster(), raster()]
  const codec = scratch.codec({ decode: async () => ({ color, srgb: color }) } as unknown as Codec)
  const kernels = scratch.kernels({ estimateForeground: () => estimated } as unknown as MatteKernels)
  await codec.decode(new Uint8Array(), {} as Parameters<Codec['decode']>[1], {})
  kernels.estimateForeground(color, { width: 1, height: 1, data: new Float32Array(1) })
  const { raster: result, layers = [] } = resultOf(color, estimated)
  scratch.free({
    raster: result,
    encode: { layers: layers.map((one) => ({ raster: one })) },
  } as unknown as PipelineResult)
  return { color, estimated, result, layers }
}

it('frees what was decoded and estimated', async () => {
  const { color, estimated, result } = await call(() => ({ raster: raster() }))
  expect([color, estimated, result].map(isFree)).toEqual([true, true, false])
})

it('keeps what the result is made of', async () => {
  const { color, estimated } = await call((first, second) => ({ raster: first, layers: [second] }))
  expect([color, estimated].map(isFree)).toEqual([false, false])
})
