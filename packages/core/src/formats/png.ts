// PNG header: the chunks, without their contents. W3C PNG (third edition), with APNG's acTL and with eXIf.

import { type ByteSource, byteView, corrupt, unsupported } from './byte-view.ts'
import { exifOrientation, MAX_EXIF_BYTES } from './exif.ts'
import { convertedLineEnds } from './line-ends.ts'
import type { PictureHeader } from './picture-header.ts'

/** Color types with an alpha channel: gray and RGB. */
const GREY_ALPHA = 4
const RGB_ALPHA = 6
/** Made to tell conversions of line ends and the loss of a bit. */
const SIGNATURE = '\x89PNG\r\n\x1a\n'
const DEPTHS = new Set([1, 2, 4, 8, 16])

export function readPngHeader(source: ByteSource): PictureHeader {
  const view = byteView(source, 'big', 'PNG')
  if (view.name(0, SIGNATURE.length) !== SIGNATURE) throw convertedLineEnds()
  // Apple's own kind, of the resources of apps: no zlib header, blue first.
  if (view.name(12, 4) === 'CgBI') throw unsupported('a PNG in the format of iOS apps (CgBI)', 'png')
  if (view.name(12, 4) !== 'IHDR') throw corrupt('expected the PNG to begin with IHDR')
  const colorType = view.u8(25)
  const bitDepth = view.u8(24)
  if (!DEPTHS.has(bitDepth)) throw corrupt(`expected a PNG of 1, 2, 4, 8 or 16 bits a sample but received ${bitDepth}`)
  let hasAlpha = colorType === GREY_ALPHA || colorType === RGB_ALPHA
  let frames = 1
  let orientation: PictureHeader['orientation'] | null = null
  // Stops where chunks stop making sense: whether the pixel data are whole is the decoder's to say.
  for (let at = 8; at + 12 <= view.length; ) {
    const length = view.u32(at)
    const type = view.name(at + 4, 4)
    const end = at + 12 + length
    if (type === 'IEND' || end > view.length) break
    if (type === 'tRNS') hasAlpha = true
    else if (type === 'acTL' && length >= 4) frames = Math.max(1, view.u32(at + 8))
    else if (type === 'eXIf' && orientation === null) {
      orientation = exifOrientation(view.bytes(at + 8, Math.min(length, MAX_EXIF_BYTES)))
    }
    at = end
  }
  const size = { width: view.u32(16), height: view.u32(20) }
  return { format: 'png', ...size, frames, bitDepth, hasAlpha, orientation: orientation ?? 1, blockPixels: 0 }
}
