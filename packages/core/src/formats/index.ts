// Entry point `@koutu/core/formats`: image headers and EXIF read from bytes, by name. Decodes no pixels.

export type { ByteSource } from './byte-view.ts'
export { inspectPicture } from './check.ts'
export {
  cleanExif,
  cleanXmp,
  exifDensityPpi,
  exifOrientation,
  exifStatesAdobeRgb,
  stripExifPrefix,
} from './exif.ts'
export type { Orientation, PictureHeader } from './picture-header.ts'
export { type SniffedType, sniff } from './sniff.ts'
