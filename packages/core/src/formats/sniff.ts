// Detects a file's type from its first bytes, never from its name. Signatures: the formats' own specifications; ISO base media
// brands as registered at mp4ra.org.

import type { InputFormat } from '../ports/ports.ts'
import { BMP_HEADER_SIZES } from './bmp.ts'
import { looksLikeTga } from './tga.ts'

/** What koutu reads, and what it knows well enough to refuse by name. */
export type SniffedType = InputFormat | keyof typeof REFUSED

/** Names for people, with their article, to stand after "it is". */
export const REFUSED = {
  svg: 'an SVG drawing',
  pdf: 'a PDF document',
  postscript: 'a PostScript document',
  psd: 'a Photoshop document',
  xcf: 'a GIMP document',
  jxr: 'a JPEG XR image',
  exr: 'an OpenEXR image',
  hdr: 'a Radiance HDR image',
  qoi: 'a QOI image',
  mp4: 'a video (MP4 or QuickTime)',
  matroska: 'a video (Matroska or WebM)',
  avi: 'a video (AVI)',
  audio: 'an audio file',
  zip: 'a ZIP archive',
  archive: 'a compressed archive',
  html: 'an HTML page',
  xml: 'an XML document',
  json: 'a JSON document',
  base64: 'an image written as Base64 text; decode it first',
  decoded: 'binary data that was read as text, which cannot be undone',
  'lfs-pointer': "a pointer of Git LFS; 'git lfs pull' fetches the image",
  text: 'a text file',
  empty: 'an empty file',
  unknown: 'of unknown type',
} as const satisfies Record<string, string>

/** The most that is looked at: text is judged by this many bytes. SVG may hide behind a prolog and comments, hence not fewer. */
export const SNIFF_BYTES = 4096

const MAGIC: readonly (readonly [type: SniffedType, at: number, signature: string])[] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  // Whether the rest of the signature is there is the reader's to say.
  ['png', 0, '\x89PNG'],
  ['gif', 0, 'GIF87a'],
  ['gif', 0, 'GIF89a'],
  // Before TIFF: these open like one.
  ['raw', 0, 'II*\0\x10\0\0\0CR'],
  ['raw', 0, 'IIRO'],
  ['raw', 0, 'IIRS'],
  ['raw', 0, 'IIU\0'],
  ['raw', 0, 'FUJIFILMCCD-RAW'],
  ['jxr', 0, 'II\xbc'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['tiff', 0, 'II+\0'],
  ['tiff', 0, 'MM\0+'],
  // U+FFFD in UTF-8, which stands for bytes that are no text: the first of a JPEG, a PNG.
  ['decoded', 0, '\xef\xbf\xbd\xef\xbf\xbd'],
  ['decoded', 0, '\xef\xbf\xbdPNG'],
  // Behind `version` and the scheme of an address.
  ['lfs-pointer', 16, 'git-lfs.'],
  // JPEG, PNG, GIF and WebP.
  ['base64', 0, '/9j/'],
  ['base64', 0, 'iVBORw0KGgo'],
  ['base64', 0, 'R0lGOD'],
  ['base64', 0, 'UklGR'],
  ['base64', 0, 'data:image/'],
  ['pdf', 0, '%PDF'],
  ['postscript', 0, '%!'],
  ['postscript', 0, '\xc5\xd0\xd3\xc6'],
  ['psd', 0, '8BPS'],
  ['xcf', 0, 'gimp xcf '],
  ['jxl', 0, '\xff\x0a'],
  ['jxl', 0, '\0\0\0\x0cJXL \r\n\x87\n'],
  ['jp2', 0, '\0\0\0\x0cjP  \r\n\x87\n'],
  ['jp2', 0, '\xff\x4f\xff\x51'],
  ['exr', 0, 'v/1\x01'],
  ['hdr', 0, '#?RADIANCE'],
  ['hdr', 0, '#?RGBE'],
  ['qoi', 0, 'qoif'],
  ['matroska', 0, '\x1a\x45\xdf\xa3'],
  ['audio', 0, 'ID3'],
  ['audio', 0, 'OggS'],
  ['audio', 0, 'fLaC'],
  ['zip', 0, 'PK\x03\x04'],
  ['zip', 0, 'PK\x05\x06'],
  ['archive', 0, '\x1f\x8b'],
  ['archive', 0, 'BZh'],
  ['archive', 0, '7z\xbc\xaf\x27\x1c'],
  ['archive', 0, '\xfd7zXZ\0'],
  ['archive', 0, 'Rar!'],
  ['archive', 0, '\x28\xb5\x2f\xfd'],
]

const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'])
const AVIF_BRANDS = new Set(['avif', 'avis'])
/** Say only "HEIF": which codec lies inside is found in the boxes. */
const HEIF_BRANDS = new Set(['mif1', 'mif2', 'msf1'])
const MAX_BRANDS = 32

/** The type of a file from its first bytes. Never throws. */
export function sniff(bytes: Uint8Array): SniffedType {
  if (bytes.length === 0) return 'empty'
  const head = latin1(bytes, 0, 64)
  for (const [type, at, signature] of MAGIC) if (head.startsWith(signature, at)) return type
  if (head.startsWith('RIFF')) {
    const form = head.slice(8, 12)
    if (form === 'WEBP') return 'webp'
    if (form === 'AVI ') return 'avi'
    if (form === 'WAVE') return 'audio'
    return 'unknown'
  }
  if (head.slice(4, 8) === 'ftyp') return sniffBrands(bytes)
  if (/^P[1-7]\s/.test(head)) return 'netpbm'
  // Two letters alone would take texts for bitmaps.
  if (head.startsWith('BM') && BMP_HEADER_SIZES.has(bytes[14]!) && bytes[15] === 0) return 'bmp'
  // Icons and cursors. Without an image it is a TGA.
  if ((head.startsWith('\0\0\x01\0') || head.startsWith('\0\0\x02\0')) && (bytes[4]! | bytes[5]!) > 0) return 'ico'
  const type = sniffText(bytes)
  return type === 'unknown' && looksLikeTga(bytes) ? 'tga' : type
}

function sniffBrands(bytes: Uint8Array): SniffedType {
  const size = Math.min(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0), 16 + 4 * MAX_BRANDS)
  const brands = [latin1(bytes, 8, 12)]
  for (let at = 16; at + 4 <= size; at += 4) brands.push(latin1(bytes, at, at + 4))
  // The major brand decides where it is specific; `mif1` first and `avif` second is as common as the reverse.
  const specific = brands.find((brand) => AVIF_BRANDS.has(brand) || HEIC_BRANDS.has(brand))
  if (specific) return AVIF_BRANDS.has(specific) ? 'avif' : 'heic'
  if (brands.some((brand) => HEIF_BRANDS.has(brand))) return 'heic'
  if (brands[0] === 'crx ') return 'raw'
  if (brands[0] === 'jp2 ' || brands[0] === 'jpx ') return 'jp2'
  return 'mp4'
}

function sniffText(bytes: Uint8Array): SniffedType {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const raw = latin1(bytes, 0, SNIFF_BYTES)
  // UTF-16 of Latin text is Latin text with zeros between.
  const text = (wide ? raw.slice(2).replaceAll('\0', '') : raw.replace(/^\xef\xbb\xbf/, '')).trimStart()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells text from data
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return 'unknown'
  const start = text.toLowerCase()
  if (/<svg[\s>]/.test(start) && start.startsWith('<')) return 'svg'
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'html'
  if (start.startsWith('<?xml') || start.startsWith('<!doctype')) return 'xml'
  if (/^[{[]\s*["{[\]}]/.test(start)) return 'json'
  return 'text'
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < Math.min(to, bytes.length); i++) text += String.fromCharCode(bytes[i]!)
  return text
}
