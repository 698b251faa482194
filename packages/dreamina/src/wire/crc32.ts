// CRC-32 of uploads (IEEE 802.3, the one of zlib and PNG), in any runtime.

const TABLE = new Uint32Array(256).map((_, byte) => {
  let value = byte
  // 0xedb88320 is the polynomial 0x04c11db7 with its bits reversed.
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** Checksum as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8)
  return ~value >>> 0
}

/** As the header `Content-CRC32` carries it: eight lower-case hex digits. */
export function crc32Hex(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}
