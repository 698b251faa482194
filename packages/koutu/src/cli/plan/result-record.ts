// The record in every result file: hashes of its options and input. It tells results from photos, and whether a result is up to
// date. It contains no name and no date. Editing a file removes it.

import { open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { OutputFormat } from '@koutu/core'

export interface ResultRecord {
  /** Hash of the options, 16 hex digits. */
  readonly optionsKey: string
  /** Hash of the way from the result's folder to the input, 8 hex digits. */
  readonly sourceKey: string
  /** Of the input file; 0 where it was none. */
  readonly inputBytes: number
}

/** Results beside their inputs are told by their names, too. */
const RESULT_NAME = /\.cutout\.[a-z]+$/i
const PATTERN = /koutu-result ([0-9a-f]{16}) ([0-9a-f]{8}) (\d{12}) (\d{12})/
/** The record is within so many bytes of the start or the end of a file. */
const REACH = 256

/** The same file with the record in it, where the format has a place for it: every format has. */
export function withRecord(format: OutputFormat, bytes: Uint8Array, record: ResultRecord): Uint8Array {
  const put = (length: number) => INSERT[format](bytes, textOf(record, length))
  return put(put(0).length)
}

/** Null for a file without a record, or one that was changed since. Errors: those of the file system. */
export async function readResultRecord(path: string): Promise<ResultRecord | null> {
  // Opening a named pipe would wait for its writer, and closing it again would lose what that one has to give.
  if (!(await stat(path)).isFile()) return null
  const file = await open(path)
  try {
    const info = await file.stat()
    const length = Math.min(REACH, info.size)
    const ends = Buffer.alloc(2 * length)
    await file.read(ends, 0, length, 0)
    await file.read(ends, length, length, info.size - length)
    const [, optionsKey, sourceKey, inputBytes, ownBytes] = PATTERN.exec(ends.toString('latin1')) ?? []
    if (optionsKey === undefined || sourceKey === undefined || Number(ownBytes) !== info.size) return null
    return { optionsKey, sourceKey, inputBytes: Number(inputBytes) }
  } finally {
    await file.close()
  }
}

/** By its name or its record. A file that cannot be read is none: reading it as an image says why. */
export async function isResultFile(path: string): Promise<boolean> {
  return RESULT_NAME.test(path) || (await readResultRecord(path).catch(() => null)) !== null
}

/** Always of the same length, so that the file's own length can be part of it. */
function textOf({ optionsKey, sourceKey, inputBytes }: ResultRecord, ownBytes: number): string {
  return `koutu-result ${optionsKey} ${sourceKey} ${digits(inputBytes)} ${digits(ownBytes)}`
}

function digits(value: number): string {
  return String(value).padStart(12, '0')
}

type Insert = (bytes: Uint8Array, text: string) => Uint8Array

const INSERT: Readonly<Record<OutputFormat, Insert>> = {
  // A tEXt chunk before IEND (PNG specification, 11.3.3.2).
  png(bytes, text) {
    const end = bytes.length - 12
    const typed = Buffer.from(`tEXtkoutu\0${text}`, 'latin1')
    return Buffer.concat([bytes.subarray(0, end), u32(typed.length - 4), typed, u32(crc32(typed)), bytes.subarray(end)])
  },
  // A comment segment after the JFIF header (ITU-T T.81, B.2.4.5).
  jpeg(bytes, text) {
    const hasHeader = bytes[2] === 0xff && bytes[3] === 0xe0
    const at = hasHeader ? 4 + view(bytes).getUint16(4) : 2
    const body = Buffer.from(text, 'latin1')
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([0xff, 0xfe]),
      u16(body.length + 2),
      body,
      bytes.subarray(at),
    ])
  },
  webp: (bytes, text) => appendRiff(extendedWebp(bytes), 'KOUT', text),
  // A `free` box at the end, which readers skip (ISO/IEC 14496-12, 8.1.2).
  avif: (bytes, text) => Buffer.concat([bytes, u32(text.length + 8), Buffer.from(`free${text}`, 'latin1')]),
  // Bytes that no tag points to.
  tiff: (bytes, text) => Buffer.concat([bytes, Buffer.from(text, 'latin1')]),
  // The comment of the archive, which is empty before.
  zip: (bytes, text) => Buffer.concat([bytes.subarray(0, -2), u16(text.length, true), Buffer.from(text, 'latin1')]),
  // An image resource of a plug-in (Photoshop file format, ids 4000 to 4999), first of its section.
  psd(bytes, text) {
    const at = 30 + view(bytes).getUint32(26)
    const padded = text.padEnd(text.length + (text.length % 2))
    const resource = Buffer.concat([
      Buffer.from('8BIM'),
      u16(4000),
      u16(0),
      u32(padded.length),
      Buffer.from(padded, 'latin1'),
    ])
    const length = u32(view(bytes).getUint32(at) + resource.length)
    return Buffer.concat([bytes.subarray(0, at), length, resource, bytes.subarray(at + 4)])
  },
}

/** Only the extended format of WebP takes other chunks (RFC 9649, 2.7). */
function extendedWebp(bytes: Uint8Array): Uint8Array {
  const kind = Buffer.from(bytes.subarray(12, 16)).toString('latin1')
  if (kind === 'VP8X') return bytes
  const data = view(bytes)
  const bits = kind === 'VP8L' ? data.getUint32(21, true) : 0
  const size =
    kind === 'VP8L'
      ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha: ((bits >>> 28) & 1) === 1 }
      : { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff, hasAlpha: false }
  const header = Buffer.alloc(18)
  header.write('VP8X', 'latin1')
  header.writeUInt32LE(10, 4)
  header[8] = size.hasAlpha ? 0x10 : 0
  header.writeUIntLE(size.width - 1, 12, 3)
  header.writeUIntLE(size.height - 1, 15, 3)
  return Buffer.concat([bytes.subarray(0, 12), header, bytes.subarray(12)])
}

function appendRiff(bytes: Uint8Array, id: string, text: string): Uint8Array {
  const padding = Buffer.alloc(text.length % 2)
  const whole = Buffer.concat([bytes, Buffer.from(id), u32(text.length, true), Buffer.from(text, 'latin1'), padding])
  whole.writeUInt32LE(whole.length - 8, 4)
  return whole
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function u16(value: number, littleEndian = false): Buffer {
  const bytes = Buffer.alloc(2)
  if (littleEndian) bytes.writeUInt16LE(value)
  else bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number, littleEndian = false): Buffer {
  const bytes = Buffer.alloc(4)
  if (littleEndian) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}
