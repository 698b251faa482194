// Pieces of a file that is being written.

export type Bytes = Uint8Array<ArrayBuffer>

/** As many bytes, zero but for what `fill` sets. */
export function fields(length: number, fill: (view: DataView) => void): Bytes {
  const out = new Uint8Array(length)
  fill(new DataView(out.buffer))
  return out
}

export function u16(value: number): Bytes {
  return fields(2, (view) => view.setUint16(0, value))
}

export function u32(value: number): Bytes {
  return fields(4, (view) => view.setUint32(0, value))
}

/** One byte for each character, of which only the lower eight bits are written. */
export function latin1(text: string): Bytes {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

export function concat(parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

let table: Uint32Array | null = null

/** CRC-32 of what `sum` is the checksum of, followed by these bytes: that of ZIP, and of PNG (third edition, annex D). */
export function crc32(bytes: Uint8Array, sum = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    return value
  })
  let value = ~sum
  for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]!) & 255]! ^ (value >>> 8)
  return ~value >>> 0
}
