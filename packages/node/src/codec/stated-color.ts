// Color that a file states otherwise than by an ICC profile: code points in AVIF (`nclx`) and PNG (cICP), gamma and
// chromaticities in PNG (gAMA, cHRM), Adobe RGB in EXIF. libvips passes all of it over.
// ITU-T H.273 (code points), W3C PNG third edition section 4.3 (which statement counts), Exif 2.32 (Interoperability).

import { exifStatesAdobeRgb, type PictureHeader, type Warning } from '@koutu/core'
import type { Metadata } from 'sharp'
import { buildProfile, type Primaries, type Transfer } from './icc-build.ts'

export interface StatedColor {
  /** A profile that says the same. */
  readonly icc: Uint8Array | null
  readonly warning: Warning | null
}

/** Read as sRGB. */
export const NO_STATEMENT: StatedColor = { icc: null, warning: null }

/** libpng reads no profile that is damaged, or of another space than the pixels. */
const PROFILE_REFUSED: StatedColor = {
  icc: null,
  warning: {
    code: 'icc-ignored',
    message: 'The color profile of the image is damaged or does not fit it; it is read as sRGB.',
  },
}

const D65 = [0.3127, 0.329] as const
/** By code point of H.273. 1 is sRGB's own. */
const PRIMARIES: Readonly<Record<number, Primaries>> = {
  9: [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65],
  12: [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65],
}
const SRGB_PRIMARIES: Primaries = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65]
const ADOBE_RGB: Primaries = [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65]
/** BT.709 and its like are shown as sRGB, which is how encoders mean it. */
const TRANSFERS: Readonly<Record<number, Transfer>> = {
  1: 'srgb',
  4: { gamma: 2.2 },
  5: { gamma: 2.8 },
  6: 'srgb',
  8: { gamma: 1 },
  13: 'srgb',
  14: 'srgb',
  15: 'srgb',
}
const HDR: Readonly<Record<number, string>> = { 16: 'PQ', 18: 'HLG' }
const UNSPECIFIED = 2

/** Only asked of files without a profile, except PNG, whose cICP goes before one. */
export function statedColor(
  bytes: Uint8Array,
  { format }: PictureHeader,
  { icc, exif }: Pick<Metadata, 'icc' | 'exif'>,
): StatedColor {
  if (format === 'png') return pngColor(bytes, icc !== undefined)
  if (format === 'avif') return codePoints(nclxOf(bytes))
  const isAdobe = (format === 'jpeg' || format === 'webp') && exif && exifStatesAdobeRgb(exif)
  return isAdobe ? { icc: buildProfile(ADOBE_RGB, { gamma: 563 / 256 }), warning: null } : NO_STATEMENT
}

interface CodePoints {
  readonly primaries: number
  readonly transfer: number
}

function codePoints(points: CodePoints | null): StatedColor {
  if (!points) return NO_STATEMENT
  const hdr = HDR[points.transfer]
  if (hdr) return { icc: null, warning: { code: 'hdr-not-converted', message: hdrMessage(hdr) } }
  const isSrgb = points.primaries === 1 || points.primaries === UNSPECIFIED
  const primaries = isSrgb ? SRGB_PRIMARIES : PRIMARIES[points.primaries]
  const transfer = points.transfer === UNSPECIFIED ? 'srgb' : TRANSFERS[points.transfer]
  if (!primaries || !transfer) {
    const message = `The image states color primaries ${points.primaries} with transfer function ${points.transfer} (ITU-T H.273), which is not converted. It is read as sRGB.`
    return { icc: null, warning: { code: 'color-not-converted', message } }
  }
  if (isSrgb && transfer === 'srgb') return NO_STATEMENT
  return { icc: buildProfile(primaries, transfer), warning: null }
}

function hdrMessage(name: string): string {
  return `The image is HDR (${name}). Its tones are not mapped to SDR.`
}

/** The first `nclx` color box. Bytes are looked through as far as the media data, which follows all boxes in common files. */
function nclxOf(bytes: Uint8Array): CodePoints | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const media = file.indexOf('mdat', 0, 'latin1')
  const at = file.subarray(0, media < 0 ? file.length : media).indexOf('colrnclx', 0, 'latin1')
  if (at < 0 || at + 12 > file.length) return null
  return { primaries: file.readUInt16BE(at + 8), transfer: file.readUInt16BE(at + 10) }
}

/** Of the chunks before the pixels: cICP, else a profile (libvips' business), else sRGB, else gamma and chromaticities. */
function pngColor(bytes: Uint8Array, hasProfile: boolean): StatedColor {
  const chunks = pngChunks(bytes)
  const cicp = chunks.get('cICP')
  if (cicp && cicp.length >= 4) return codePoints({ primaries: cicp[0]!, transfer: cicp[1]! })
  if (chunks.has('iCCP')) return hasProfile ? NO_STATEMENT : PROFILE_REFUSED
  if (chunks.has('sRGB')) return NO_STATEMENT
  const gamma = scaled(chunks.get('gAMA'))[0]
  const points = scaled(chunks.get('cHRM'))
  const isPlain = (gamma === undefined || isNear(gamma, 0.45455)) && (points.length < 8 || isSrgbWhiteFirst(points))
  if (isPlain || (gamma !== undefined && !(gamma >= 0.2 && gamma <= 2))) return NO_STATEMENT
  const [whiteX, whiteY, ...rest] = points.length < 8 ? [0.3127, 0.329] : (points as [number, number, ...number[]])
  const primaries: Primaries =
    points.length < 8
      ? SRGB_PRIMARIES
      : [
          [rest[0]!, rest[1]!],
          [rest[2]!, rest[3]!],
          [rest[4]!, rest[5]!],
          [whiteX, whiteY],
        ]
  if (!isTriangle(primaries)) return NO_STATEMENT
  return { icc: buildProfile(primaries, gamma === undefined ? 'srgb' : { gamma: 1 / gamma }), warning: null }
}

function pngChunks(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks = new Map<string, Uint8Array>()
  for (let at = 8; at + 12 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const size = view.getUint32(at)
    if (name === 'IDAT') break
    if (!chunks.has(name)) chunks.set(name, bytes.subarray(at + 8, at + 8 + size))
    at += 12 + size
  }
  return chunks
}

/** PNG's numbers are in 1/100000. */
function scaled(chunk: Uint8Array | undefined): readonly number[] {
  if (!chunk) return []
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return Array.from({ length: Math.min(8, Math.floor(chunk.length / 4)) }, (_, i) => view.getUint32(4 * i) / 100_000)
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.003
}

/** White, red, green, blue, as in cHRM. */
function isSrgbWhiteFirst(points: readonly number[]): boolean {
  const [red, green, blue, white] = SRGB_PRIMARIES
  return [white, red, green, blue].flat().every((value, i) => isNear(value!, points[i]!))
}

/** Whether the primaries span colors at all: numbers in a file need not. */
function isTriangle([red, green, blue, white]: Primaries): boolean {
  if (!red || !green || !blue || !white) return false
  const area = Math.abs((green[0] - red[0]) * (blue[1] - red[1]) - (green[1] - red[1]) * (blue[0] - red[0]))
  return area > 0.01 && [red, green, blue, white].every(([, y]) => y > 0.01)
}
