// The Codec port on sharp, with HEIC by an optional package.

import type { Codec } from '@koutu/core'
import sharp from 'sharp'
import { isMemoryScarce } from '../memory.ts'
import { decodePicture } from './decode.ts'
import { encodeRaster } from './encode.ts'
import { blurRaster, coverRaster } from './transform.ts'

export interface SharpCodecOptions {
  /** Package that decodes HEIC, with the interface of `heic-decode`. */
  readonly heicPackage?: string
}

/** A codec that holds no state; pictures may be worked on side by side. */
export function createSharpCodec({ heicPackage = 'heic-decode' }: SharpCodecOptions = {}): Codec {
  // What libvips keeps is of no use to the next image.
  if (isMemoryScarce()) sharp.cache(false)
  return {
    id: 'sharp',
    decode: (bytes, request, ctx) => decodePicture(bytes, request, ctx, heicPackage),
    encode: encodeRaster,
    cover: coverRaster,
    blur: blurRaster,
  }
}
