// Formats that libvips does not read and that are simple enough to be read here: BMP, ICO, TGA, Netpbm.

import { byteSource, largestIcon, type PictureHeader, type Raster } from '@koutu/core'
import { decodeBmp } from './bmp.ts'
import { decodeNetpbm } from './netpbm.ts'
import { asRaster } from './pixels.ts'
import { decodeTga } from './tga.ts'

/** Null for other formats, and for an icon that is a PNG. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function decodeSimple(bytes: Uint8Array, { format }: Pick<PictureHeader, 'format'>): Raster | null {
  switch (format) {
    case 'bmp':
      return asRaster(decodeBmp(bytes))
    case 'netpbm':
      return asRaster(decodeNetpbm(bytes))
    case 'tga':
      return asRaster(decodeTga(bytes))
    case 'ico': {
      const { at, isPng } = largestIcon(byteSource(bytes))
      return isPng ? null : asRaster(decodeBmp(bytes, at))
    }
    default:
      return null
  }
}

/** The PNG in an icon file, else the bytes themselves. */
export function withoutIcon(bytes: Uint8Array, { format }: Pick<PictureHeader, 'format'>): Uint8Array {
  if (format !== 'ico') return bytes
  const { at, bytes: length, isPng } = largestIcon(byteSource(bytes))
  return isPng ? bytes.subarray(at, at + length) : bytes
}
