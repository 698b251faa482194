// Against zlib, and the check value every catalog of CRCs gives.

import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { crc32, crc32Hex } from './crc32.ts'

it('gives the check value of CRC-32/ISO-HDLC', () => {
  expect(crc32Hex(new TextEncoder().encode('123456789'))).toBe('cbf43926')
})

it('equals zlib on any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)))
})

it('pads to eight digits', () => {
  // Found by search: a checksum that begins with zeros.
  const bytes = Array.from({ length: 100_000 }, (_, i) => new TextEncoder().encode(String(i))).find(
    (candidate) => zlibCrc32(candidate) < 2 ** 16,
  )!
  expect(crc32Hex(bytes)).toMatch(/^0000[0-9a-f]{4}$/)
})
