// Files side by side in a ZIP, stored as they are: images are compressed already. APPNOTE.TXT 6.3, sections 4.3 and 4.4.

import { crc32 } from 'node:zlib'
import { KoutuError } from '@koutu/core'

export interface ZipMember {
  /** ASCII, without folders. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** No clock: the same image gives the same bytes. 1 January 1980, midnight, the first date there is. */
const DATE = 0x21
const VERSION = 10
const LARGEST = 2 ** 32 - 1

/** Errors: INVALID_OPTIONS beyond 4 GB, which needs ZIP64. */
export function writeZip(members: readonly ZipMember[]): Uint8Array {
  const files: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes } of members) {
    const common = commonFields(name, bytes)
    const title = Buffer.from(name, 'latin1')
    const local = Buffer.concat([signature('PK\x03\x04'), common, title])
    const central = Buffer.alloc(14)
    // Comment, disk and attributes are 0; then where the file begins.
    central.writeUInt32LE(offset, 10)
    directory.push(signature('PK\x01\x02'), Buffer.from([VERSION, 0]), common, central, title)
    files.push(local, bytes)
    offset += local.length + bytes.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  if (offset + size > LARGEST) {
    throw new KoutuError('INVALID_OPTIONS', { detail: `expected at most ${LARGEST} bytes with format 'zip'` })
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...files, ...directory, signature('PK\x05\x06'), end])
}

function signature(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Version needed, flags, method, time, date, checksum, sizes, lengths of name and extra field. */
function commonFields(name: string, bytes: Uint8Array): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(VERSION, 0)
  fields.writeUInt16LE(DATE, 8)
  fields.writeUInt32LE(crc32(bytes), 10)
  fields.writeUInt32LE(bytes.length, 14)
  fields.writeUInt32LE(bytes.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}
