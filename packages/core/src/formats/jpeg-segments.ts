// The segments of a JPEG, walked once from front to back. ITU-T T.81, annex B. Decodes nothing.

const [EOI, SOS] = [0xd9, 0xda]
/** Starts of a frame. */
const FRAMES: ReadonlySet<number> = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
])

export interface JpegSegment {
  /** Second byte of its marker. */
  readonly marker: number
  /** Without marker and length. */
  readonly body: Uint8Array
}

/** In file order, as far as they go; the data behind a start of scan is passed over. Ends with EOI where the file has it. */
function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment, void, undefined> {
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1]!
    // Fill bytes, stuffed data and markers without a body.
    if (marker === 0xff) at += 1
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else if (marker === EOI) {
      yield { marker, body: new Uint8Array(0) }
      return
    } else {
      if (at + 4 > bytes.length) return
      const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
      yield { marker, body: bytes.subarray(at + 4, end) }
      at = Math.max(at + 4, end)
    }
  }
}

/**
 * Whether a progressive JPEG ends between two scans, with parts of its coefficients still to come. Files that say themselves
 * where they end are as their encoder meant them.
 */
export function lacksScans(bytes: Uint8Array): boolean {
  /** By component: the lowest bit known of each coefficient. */
  const known = new Map<number, Uint8Array>()
  let isProgressive = false
  for (const { marker, body } of jpegSegments(bytes)) {
    if (marker === EOI) return false
    if (FRAMES.has(marker)) {
      // Only progressive files can end between two scans: the data of others, which is long, need not be walked.
      if (marker !== 0xc2 && marker !== 0xca) return false
      isProgressive = true
      for (let i = 0; i < body[5]!; i++) known.set(body[6 + 3 * i]!, new Uint8Array(64).fill(255))
    } else if (marker === SOS) {
      const count = body[0]!
      const [first = 0, last = 0, approximation = 0] = body.subarray(1 + 2 * count)
      for (let i = 0; i < count; i++)
        known.get(body[1 + 2 * i]!)?.fill(approximation & 15, first, Math.min(63, last) + 1)
    }
  }
  return isProgressive && [...known.values()].some((bits) => bits.some((bit) => bit > 0))
}

/** What stands before the first scan. */
export function* jpegHeaderSegments(bytes: Uint8Array): Generator<JpegSegment, void, undefined> {
  for (const segment of jpegSegments(bytes)) {
    if (segment.marker === SOS) return
    yield segment
  }
}
