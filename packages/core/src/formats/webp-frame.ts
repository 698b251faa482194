// The first frame of a WebP as a file of its own. RFC 9649.

import { byteSource, byteView } from './byte-view.ts'
import { concat, fields, latin1 } from './write-bytes.ts'

const RIFF_BYTES = 12
const CHUNK_BYTES = 8
/** Place, size, duration and flags of a frame of an animation, before its own chunks. */
const FRAME_BYTES = 16

/** Its pixels without alpha, less the last `lessBytes` of their data. Null where there are none. */
export function firstFrameWithout(lessBytes: number, bytes: Uint8Array): Uint8Array | null {
  const view = byteView(byteSource(bytes), 'little', 'WebP')
  for (let at = RIFF_BYTES; at + CHUNK_BYTES <= view.length; ) {
    const type = view.name(at, 4)
    const length = view.u32(at + 4)
    if (type === 'VP8 ' || type === 'VP8L') {
      const data = bytes.subarray(at + CHUNK_BYTES, at + CHUNK_BYTES + Math.max(0, length - lessBytes))
      return asFile(bytes.subarray(at, at + 4), data)
    }
    at += CHUNK_BYTES + (type === 'ANMF' ? FRAME_BYTES : length + (length & 1))
  }
  return null
}

function asFile(type: Uint8Array, data: Uint8Array): Uint8Array {
  const padding = new Uint8Array(data.length & 1)
  const chunk = concat([type, u32Little(data.length), data, padding])
  return concat([latin1('RIFF'), u32Little(4 + chunk.length), latin1('WEBP'), chunk])
}

function u32Little(value: number): Uint8Array {
  return fields(4, (view) => view.setUint32(0, value, true))
}
