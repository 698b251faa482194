// Coarse alpha as a file and back: a gray PNG of 8 bits, which holds it exactly.

import { type CoarseAlpha, KoutuError } from '@koutu/core'
import { createSharpCodec } from '@koutu/node/codec'

/** As @koutu/server stores it. */
export interface CoarseFile {
  readonly file: Uint8Array
  readonly facts: Omit<CoarseAlpha, 'data'>
}

const PNG = { format: 'png', lossyQuality: 100, icc: null, metadata: { exif: null, xmp: null } } as const

export async function toCoarseFile({ data, ...facts }: CoarseAlpha): Promise<CoarseFile> {
  const { width, height } = facts
  const file = await createSharpCodec().encode({ width, height, channels: 1, alpha: 'none', data }, PNG, {})
  return { file, facts }
}

/** Errors: IMAGE_CORRUPT, BLOB_DAMAGED where it is the file of another alpha. */
export async function fromCoarseFile({ file, facts }: CoarseFile): Promise<CoarseAlpha> {
  const { width, height } = facts
  const limits = { maxBytes: file.length, maxPixels: width * height, maxFrames: 1 }
  const { srgb } = await createSharpCodec().decode(file, { keepIcc: false, keepMetadata: false, limits }, {})
  if (srgb.width !== width || srgb.height !== height)
    throw new KoutuError('BLOB_DAMAGED', {
      detail: `expected ${width} x ${height} but received ${srgb.width} x ${srgb.height}`,
    })
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = srgb.data[i * 3]!
  return { ...facts, data }
}
