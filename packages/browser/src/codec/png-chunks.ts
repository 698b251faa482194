// The chunks of a PNG, in the order of the file. W3C PNG (third edition), section 5.3.

export interface PngChunk {
  readonly name: string
  readonly body: Uint8Array
  /** The chunk as it lies in the file, with length, name and checksum. */
  readonly whole: Uint8Array
}

/** The last one may end early. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 8 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    yield { name, body: bytes.subarray(at + 8, end), whole: bytes.subarray(at, end + 4) }
    at = end + 4
  }
}
