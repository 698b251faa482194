// A runner with the real pipeline and codec, and with a color in the network's place: what is red is the subject, as far
// as it is red. So a test that draws an image knows its cutout to the pixel.

import { cutout, type Engine, FORMAT_FILES, groupOptions, type Picture, type Plane } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import type { Runner } from '@koutu/server'
import { contentBytes } from './content-bytes.ts'

function redness({ srgb: { data }, width, height }: Picture): Plane {
  const alpha = new Float32Array(width * height)
  for (let i = 0; i < alpha.length; i++) alpha[i] = data[i * 3]! / 255
  return { width, height, data: alpha }
}

const ENGINE: Engine = {
  specVersion: 1,
  id: 'onnx',
  // Nothing is refined: the alpha stays what the color says.
  produces: 'cutout',
  warm: async () => {},
  segment: async (picture, { model }) => ({
    alpha: redness(picture),
    foreground: null,
    model: model.name,
    precision: 'fp32',
    timingsMs: {},
    warnings: [],
  }),
  [Symbol.asyncDispose]: async () => {},
}

export function createPictureRunner(): Runner {
  const codec = createSharpCodec()
  return {
    async warm() {},
    async run({ input, options }, ctx) {
      const source = { read: () => Promise.reject(new Error('images come as bytes')) }
      const deps = { codec, engine: () => ENGINE, source, clock: { nowMs: () => performance.now() } }
      const { raster, report, encode } = await cutout(() => contentBytes(input), groupOptions(options), deps, ctx)
      const image = await codec.encode(raster, encode, {})
      const { width, height } = raster
      return { image, contentType: FORMAT_FILES[encode.format].mimeType, width, height, report }
    },
    async [Symbol.asyncDispose]() {},
  }
}
