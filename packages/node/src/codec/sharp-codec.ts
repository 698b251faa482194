// The Codec port on sharp, with optional packages for formats that it does not read.

import type { Codec } from '@koutu/core'
import sharp from 'sharp'
import { isMemoryScarce } from '../memory.ts'
import { decodePicture } from './decode.ts'
import { encodeRaster } from './encode.ts'
import type { DecoderPackages } from './optional/decoders.ts'
import { blurRaster, coverRaster } from './transform.ts'

export interface SharpCodecOptions {
  /** Packages in place of the usual optional decoders, with the same interfaces. */
  readonly packages?: DecoderPackages
}

/** A codec that holds no state; pictures may be worked on side by side. */
export function createSharpCodec({ packages = {} }: SharpCodecOptions = {}): Codec {
  // What libvips keeps is of no use to the next image.
  if (isMemoryScarce()) sharp.cache(false)
  return {
    id: 'sharp',
    decode: (bytes, request, ctx) => decodePicture(bytes, request, ctx, packages),
    encode: encodeRaster,
    cover: coverRaster,
    blur: blurRaster,
  }
}
