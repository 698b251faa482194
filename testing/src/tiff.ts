// Uncompressed TIFF files of any tags, one strip, interleaved samples, little-endian. TIFF 6.0.

export interface TiffParts {
  readonly width: number
  readonly height: number
  readonly samplesPerPixel: number
  /** Interleaved, row by row. */
  readonly samples: Uint8Array | Uint16Array
  /** PhotometricInterpretation. */
  readonly photometric: number
  /** More tags: SHORT values. */
  readonly tags?: Readonly<Record<number, readonly number[]>>
}

export function writeTiff({ width, height, samplesPerPixel, samples, photometric, tags = {} }: TiffParts): Uint8Array {
  const bits = samples.BYTES_PER_ELEMENT * 8
  const pixels = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  const pixelsAt = 8
  const fields: Record<number, readonly number[]> = {
    256: [width],
    257: [height],
    258: Array.from({ length: samplesPerPixel }, () => bits),
    259: [1],
    262: [photometric],
    273: [pixelsAt],
    277: [samplesPerPixel],
    278: [height],
    279: [pixels.length],
    ...tags,
  }
  const directoryAt = pixelsAt + pixels.length + (pixels.length % 2)
  const entries = Object.entries(fields)
  const long = new Set([273, 279])
  let spareAt = directoryAt + 2 + entries.length * 12 + 4
  const end = spareAt + entries.reduce((sum, [, values]) => sum + (values.length > 2 ? values.length * 2 : 0), 0)
  const out = new DataView(new ArrayBuffer(end))
  const bytes = new Uint8Array(out.buffer)
  bytes.set([0x49, 0x49, 42, 0])
  out.setUint32(4, directoryAt, true)
  bytes.set(pixels, pixelsAt)
  out.setUint16(directoryAt, entries.length, true)
  for (const [i, [tag, values]] of entries.entries()) {
    const at = directoryAt + 2 + i * 12
    const isLong = long.has(Number(tag))
    out.setUint16(at, Number(tag), true)
    out.setUint16(at + 2, isLong ? 4 : 3, true)
    out.setUint32(at + 4, values.length, true)
    if (isLong) {
      out.setUint32(at + 8, values[0]!, true)
      continue
    }
    const valuesAt = values.length > 2 ? spareAt : at + 8
    if (values.length > 2) {
      out.setUint32(at + 8, spareAt, true)
      spareAt += values.length * 2
    }
    for (const [k, value] of values.entries()) out.setUint16(valuesAt + k * 2, value, true)
  }
  return bytes
}
