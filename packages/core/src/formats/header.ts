// Reads the header of any supported image format. check.ts applies the limits.

import type { InputFormat } from '../ports/ports.ts'
import { readBmpHeader } from './bmp.ts'
import { type ByteSource, corrupt } from './byte-view.ts'
import { readGifHeader } from './gif.ts'
import { readHeifHeader } from './heif.ts'
import { readIcoHeader } from './ico.ts'
import { readJpegHeader } from './jpeg.ts'
import { readJpeg2000Header } from './jpeg-2000.ts'
import { readJpegXlHeader } from './jpeg-xl.ts'
import { readNetpbmHeader } from './netpbm.ts'
import type { PictureHeader } from './picture-header.ts'
import { readPngHeader } from './png.ts'
import { readRawHeader } from './raw.ts'
import { readTgaHeader } from './tga.ts'
import { readTiffHeader } from './tiff.ts'
import { readWebpHeader } from './webp.ts'

/** Reads the header of a file already known to be of `format`. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function readHeader(source: ByteSource, format: InputFormat, maxFrames: number): PictureHeader {
  const header = read(source, format, maxFrames)
  const { width, height } = header
  if (width < 1 || height < 1) throw corrupt(`expected an image of at least 1 x 1 but received ${width} x ${height}`)
  return header
}

function read(source: ByteSource, format: InputFormat, maxFrames: number): PictureHeader {
  switch (format) {
    case 'jpeg':
      return readJpegHeader(source)
    case 'png':
      return readPngHeader(source)
    case 'webp':
      return readWebpHeader(source, maxFrames)
    case 'gif':
      return readGifHeader(source, maxFrames)
    case 'tiff':
      return readTiffHeader(source, maxFrames)
    case 'avif':
    case 'heic':
      return readHeifHeader(source, format)
    case 'jxl':
      return readJpegXlHeader(source)
    case 'jp2':
      return readJpeg2000Header(source)
    case 'raw':
      return readRawHeader(source)
    case 'bmp':
      return readBmpHeader(source)
    case 'ico':
      return readIcoHeader(source)
    case 'netpbm':
      return readNetpbmHeader(source)
    case 'tga':
      return readTgaHeader(source)
  }
}
