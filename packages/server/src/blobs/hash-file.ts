// The SHA-256 of a file, read through one buffer: chunks of a stream would be garbage as large as the file.

import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** Hashed in a fraction of a millisecond. */
const BUFFER_BYTES = 2 ** 18

export async function hashFile(file: FileHandle): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  let bytes = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, BUFFER_BYTES, bytes)
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
    hash.update(buffer.subarray(0, bytesRead))
    bytes += bytesRead
  }
}
