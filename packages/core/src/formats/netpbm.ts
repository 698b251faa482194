// Netpbm images: PBM, PGM, PPM in text and in binary, and PAM. netpbm.sourceforge.net/doc: pbm, pgm, ppm, pam.

import { type ByteSource, corrupt, unsupported } from './byte-view.ts'
import type { PictureHeader } from './picture-header.ts'

/** Headers are short; comments may be long. */
const MAX_HEADER_BYTES = 65_536
const MAX_VALUE = 65_535

export interface NetpbmLayout {
  readonly width: number
  readonly height: number
  readonly channels: number
  /** The sample value of white. */
  readonly max: number
  /** How samples are written: as text, in bits (1 is black), or in bytes. */
  readonly samples: 'text' | 'bits' | 'bytes'
  /** PBM: 1 is black. */
  readonly isInverted: boolean
  readonly pixelsAt: number
}

export function readNetpbmHeader(source: ByteSource): PictureHeader {
  const { width, height, channels, max } = readNetpbmLayout(source)
  return {
    format: 'netpbm',
    width,
    height,
    frames: 1,
    bitDepth: max > 255 ? 16 : 8,
    hasAlpha: channels === 2 || channels === 4,
    orientation: 1,
    blockPixels: 0,
  }
}

/** Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function readNetpbmLayout(source: ByteSource): NetpbmLayout {
  const count = Math.min(source.length, MAX_HEADER_BYTES)
  let text = ''
  for (const byte of source.piece(0, count).bytes.subarray(0, count)) text += String.fromCharCode(byte)
  const kind = Number(text[1])
  return kind === 7 ? readPam(text) : readPlain(text, kind)
}

function readPlain(text: string, kind: number): NetpbmLayout {
  const isBitmap = kind === 1 || kind === 4
  const [numbers, pixelsAt] = words(text, isBitmap ? 2 : 3)
  const [width, height, max] = [
    wholeNumber(numbers[0]),
    wholeNumber(numbers[1]),
    isBitmap ? 1 : largestValue(numbers[2]),
  ]
  const samples = kind < 4 ? 'text' : isBitmap ? 'bits' : 'bytes'
  const channels = kind === 3 || kind === 6 ? 3 : 1
  return { width, height, channels, max, samples, isInverted: isBitmap, pixelsAt }
}

function readPam(text: string): NetpbmLayout {
  const end = text.indexOf('ENDHDR\n')
  if (end < 0) throw corrupt('expected ENDHDR in the PAM header but found none')
  const fields = new Map<string, string>()
  for (const line of text.slice(0, end).split('\n').slice(1)) {
    const [name = '', ...value] = line.trim().split(/\s+/)
    if (/^[A-Z]+$/.test(name)) fields.set(name, value.join(' '))
  }
  const channels = wholeNumber(fields.get('DEPTH'))
  if (channels < 1 || channels > 4) throw unsupported(`a PAM image of ${channels} channels`, 'netpbm')
  return {
    width: wholeNumber(fields.get('WIDTH')),
    height: wholeNumber(fields.get('HEIGHT')),
    channels,
    max: largestValue(fields.get('MAXVAL')),
    samples: 'bytes',
    isInverted: false,
    pixelsAt: end + 'ENDHDR\n'.length,
  }
}

/** The words behind the magic number, and where the pixels begin: one white space behind the last. */
function words(text: string, count: number): [string[], number] {
  const found: string[] = []
  const pattern = /\s+|#[^\n\r]*|[^\s#]+/y
  pattern.lastIndex = 2
  for (let match = pattern.exec(text); match && found.length < count; match = pattern.exec(text)) {
    if (!/^[\s#]/.test(match[0])) found.push(match[0])
    if (found.length === count) return [found, pattern.lastIndex + 1]
  }
  throw corrupt('the Netpbm header is not complete')
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) throw corrupt('expected whole numbers in the Netpbm header')
  return Number(text)
}

function largestValue(text: string | undefined): number {
  const max = wholeNumber(text)
  if (max < 1 || max > MAX_VALUE) throw corrupt(`expected a largest value of 1 to ${MAX_VALUE} but received ${max}`)
  return max
}
