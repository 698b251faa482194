// Entry point `@koutu/core/formats`: image headers and EXIF read from bytes, endings of files, and files of several images
// written, by name. Decodes no pixels.

export { FORMAT_FILES } from '../options/format-files.ts'
export { type BmpLayout, readBmpLayout } from './bmp.ts'
export { boxesOf, type FileBox } from './boxes.ts'
export { type ByteSource, type ByteView, byteSource, byteView } from './byte-view.ts'
export { inspectPicture } from './check.ts'
export { hasDamagedCodes } from './damaged-codes.ts'
export {
  cleanExif,
  cleanXmp,
  exifDensityPpi,
  exifOrientation,
  exifStatesAdobeRgb,
  stripExifPrefix,
} from './exif.ts'
export { iccSpace } from './icc.ts'
export { largestIcon } from './ico.ts'
export { type Jpeg2000Boxes, readJpeg2000Boxes } from './jpeg-2000.ts'
export { type JpegSegment, jpegHeaderSegments, lacksScans } from './jpeg-segments.ts'
export { keptMetadata, MAX_KEPT_BYTES, mayKeep } from './kept-metadata.ts'
export { lacksPixels } from './lacks-pixels.ts'
export { refuseConvertedLineEnds } from './line-ends.ts'
export { type NetpbmLayout, readNetpbmLayout } from './netpbm.ts'
export type { Orientation, PictureHeader } from './picture-header.ts'
export { type PsdExtras, type PsdTools, writePsd } from './psd.ts'
export { findRawPreview, type RawPreview } from './raw.ts'
export { type SniffedType, sniff } from './sniff.ts'
export { readTgaLayout, type TgaLayout } from './tga.ts'
export { deflatedPieces } from './tiff.ts'
export { firstFrameWithout } from './webp-frame.ts'
export { crc32 } from './write-bytes.ts'
export { writeZip, type ZipMember } from './zip.ts'
