// Files side by side in a ZIP, stored as they are: images are compressed already. APPNOTE.TXT 6.3, sections 4.3 and 4.4.

import { KoutuError } from '../errors/koutu-error.ts'
import { type Bytes, concat, crc32, fields, latin1, lengthOf } from './write-bytes.ts'

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
export function writeZip(members: readonly ZipMember[]): Bytes {
  const files: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes } of members) {
    const common = commonFields(name, bytes)
    const title = latin1(name)
    const local = concat([latin1('PK\x03\x04'), common, title])
    // Comment, disk and attributes are 0; then where the file begins.
    const central = fields(14, (view) => view.setUint32(10, offset, true))
    directory.push(latin1('PK\x01\x02'), Uint8Array.of(VERSION, 0), common, central, title)
    files.push(local, bytes)
    offset += local.length + bytes.length
  }
  const size = lengthOf(directory)
  if (offset + size > LARGEST) {
    throw new KoutuError('INVALID_OPTIONS', { detail: `expected at most ${LARGEST} bytes with format 'zip'` })
  }
  const end = fields(18, (view) => {
    view.setUint16(4, members.length, true)
    view.setUint16(6, members.length, true)
    view.setUint32(8, size, true)
    view.setUint32(12, offset, true)
  })
  return concat([...files, ...directory, latin1('PK\x05\x06'), end])
}

/** Version needed, flags, method, time, date, checksum, sizes, lengths of name and extra field. */
function commonFields(name: string, bytes: Uint8Array): Bytes {
  return fields(26, (view) => {
    view.setUint16(0, VERSION, true)
    view.setUint16(8, DATE, true)
    view.setUint32(10, crc32(bytes), true)
    view.setUint32(14, bytes.length, true)
    view.setUint32(18, bytes.length, true)
    view.setUint16(22, name.length, true)
  })
}
