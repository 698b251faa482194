// GIF header: blocks, walked over without unpacking. GIF89a specification (CompuServe 1990).

import { Box } from '../pixels/plane.ts'
import { type ByteSource, byteView, corrupt } from './byte-view.ts'
import { type PictureHeader, partOfCanvas } from './picture-header.ts'

const EXTENSION = 0x21
const IMAGE = 0x2c
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9

/** Counts frames up to one above `maxFrames`. A file that ends early counts what is there: pixels are the decoder's to judge. */
export function readGifHeader(source: ByteSource, maxFrames: number): PictureHeader {
  const view = byteView(source, 'little', 'GIF')
  const flags = view.u8(10)
  let [width, height] = [view.u16(6), view.u16(8)]
  let at = 13 + tableBytes(flags)
  let frames = 0
  let hasAlpha = false
  let part: Pick<PictureHeader, 'firstFrame'> = {}
  const skipSubBlocks = (): void => {
    while (at < view.length) {
      const length = view.u8(at)
      at += 1 + length
      if (length === 0) return
    }
  }
  while (at < view.length && frames <= maxFrames) {
    const block = view.u8(at)
    if (block === TRAILER) break
    if (block === EXTENSION) {
      if (at + 4 <= view.length && view.u8(at + 1) === GRAPHIC_CONTROL && (view.u8(at + 3) & 1) === 1) hasAlpha = true
      at += 2
    } else if (block === IMAGE) {
      if (at + 10 > view.length) break
      frames++
      // Decoders widen the canvas to the first frame where that is larger.
      if (frames === 1) {
        const frame = new Box(view.u16(at + 1), view.u16(at + 3), view.u16(at + 5), view.u16(at + 7))
        width = Math.max(width, frame.left + frame.width)
        height = Math.max(height, frame.top + frame.height)
        part = partOfCanvas(frame, { width, height })
        hasAlpha ||= part.firstFrame !== undefined
      }
      at += 11 + tableBytes(view.u8(at + 9))
    } else {
      break
    }
    skipSubBlocks()
  }
  if (frames === 0) throw corrupt('expected at least one image in the GIF but found none')
  return { format: 'gif', width, height, frames, bitDepth: 8, hasAlpha, orientation: 1, blockPixels: 0, ...part }
}

function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}
