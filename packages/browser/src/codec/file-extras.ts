// Color profile, EXIF and XMP of an image file, byte for byte. Browsers decode files and tell nothing of these.
// ITU-T T.81 with ICC.1:2022 annex B.4, CIPA DC-008 and XMP part 3 (JPEG); W3C PNG third edition; RFC 9649 (WebP).

import { jpegHeaderSegments, MAX_KEPT_BYTES } from '@koutu/core/formats'
import type { InputFormat } from '@koutu/core/ports'
import { concat } from './bytes.ts'
import { inflate } from './inflate.ts'
import { pngChunks } from './png-chunks.ts'

export interface FileExtras {
  readonly icc: Uint8Array | null
  /** Perhaps with the `Exif\0\0` prefix. */
  readonly exif: Uint8Array | null
  readonly xmp: Uint8Array | null
}

type Found = { -readonly [K in keyof FileExtras]: FileExtras[K] }

const READERS: Readonly<Partial<Record<InputFormat, (bytes: Uint8Array) => FileExtras>>> = {
  jpeg: ofJpeg,
  png: ofPng,
  webp: ofWebp,
}

/** Null for formats that are not looked into. The first of each kind counts. */
export function readExtras(bytes: Uint8Array, format: InputFormat): FileExtras | null {
  return READERS[format]?.(bytes) ?? null
}

const [APP1, APP2] = [0xe1, 0xe2]
const EXIF_NAME = 'Exif\0\0'
export const XMP_NAME = 'http://ns.adobe.com/xap/1.0/\0'
export const ICC_NAME = 'ICC_PROFILE\0'
/** Keyword, no compression, method 0, no language, no translated keyword. */
const XMP_KEYWORD = 'XML:com.adobe.xmp\0'

function ofJpeg(bytes: Uint8Array): FileExtras {
  const found: Found = { icc: null, exif: null, xmp: null }
  /** By their numbers from 1. */
  const profile: Uint8Array[] = []
  for (const { marker, body } of jpegHeaderSegments(bytes)) {
    if (marker === APP1 && begins(body, EXIF_NAME)) found.exif ??= body
    else if (marker === APP1 && begins(body, XMP_NAME)) found.xmp ??= body.subarray(XMP_NAME.length)
    else if (marker === APP2 && begins(body, ICC_NAME))
      profile[body[ICC_NAME.length]!] ??= body.subarray(ICC_NAME.length + 2)
  }
  const parts = profile.filter((part) => part !== undefined)
  if (parts.length > 0) found.icc = concat(...parts)
  return found
}

function ofPng(bytes: Uint8Array): FileExtras {
  const found: Found = { icc: null, exif: null, xmp: null }
  for (const { name, body } of pngChunks(bytes)) {
    // Name, end of the name, compression method.
    if (name === 'iCCP') found.icc ??= inflate([body.subarray(body.indexOf(0) + 2)], MAX_KEPT_BYTES + 1)
    else if (name === 'eXIf') found.exif ??= body
    else if (name === 'iTXt' && begins(body, XMP_KEYWORD)) found.xmp ??= textOf(body)
    else if (name === 'IEND') break
  }
  return found
}

function textOf(body: Uint8Array): Uint8Array {
  const isCompressed = body[XMP_KEYWORD.length] === 1
  const translated = body.indexOf(0, XMP_KEYWORD.length + 2) + 1
  const text = body.subarray(body.indexOf(0, translated) + 1)
  return isCompressed ? inflate([text], MAX_KEPT_BYTES + 1) : text
}

function ofWebp(bytes: Uint8Array): FileExtras {
  const found: Found = { icc: null, exif: null, xmp: null }
  for (const { name, body } of riffChunks(bytes)) {
    if (name === 'ICCP') found.icc ??= body
    else if (name === 'EXIF') found.exif ??= body
    else if (name === 'XMP ') found.xmp ??= body
  }
  return found
}

export interface RiffChunk {
  readonly name: string
  readonly body: Uint8Array
}

export function* riffChunks(bytes: Uint8Array): Generator<RiffChunk, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true)
    yield { name: String.fromCharCode(...bytes.subarray(at, at + 4)), body: bytes.subarray(at + 8, at + 8 + size) }
    at += 8 + size + (size & 1)
  }
}

function begins(bytes: Uint8Array, name: string): boolean {
  return bytes.length >= name.length && [...name].every((letter, i) => bytes[i] === letter.charCodeAt(0))
}
