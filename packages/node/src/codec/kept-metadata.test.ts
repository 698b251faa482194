import { MAX_KEPT_BYTES, type Warning } from '@koutu/core'
import { expect, it } from 'vitest'
import { writePng } from './png.ts'
import { createSharpCodec } from './sharp-codec.ts'

const limits = { maxBytes: 2 ** 24, maxPixels: 100, maxFrames: 1 }
const raster = { width: 2, height: 2, channels: 3, alpha: 'straight', data: new Uint8Array(12) } as const

async function decode(xmpBytes: number): Promise<{ kept: number | undefined; warnings: readonly Warning[] }> {
  const xmp = Buffer.alloc(xmpBytes, ' ')
  const file = await writePng(raster, { icc: null, exif: null, xmp }, 'stored', undefined)
  const { metadata, warnings } = await createSharpCodec().decode(
    file,
    { keepIcc: true, keepMetadata: true, limits },
    {},
  )
  return { kept: metadata.xmp?.length, warnings }
}

it('is kept up to a size, and above it a warning says so', async () => {
  expect(await decode(MAX_KEPT_BYTES)).toEqual({ kept: MAX_KEPT_BYTES, warnings: [] })
  expect(await decode(MAX_KEPT_BYTES + 1)).toEqual({
    kept: undefined,
    warnings: [
      { code: 'metadata-not-kept', message: 'The XMP of the image has 4194305 bytes; at most 4194304 are kept.' },
    ],
  })
})
