// The pack against the installed files: pieces are as named, and together the file the catalog knows.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { bytes, chunks, sha256 } from './index.ts'

const hex = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

describe('the IS-Net pack', () => {
  it('names pieces that are there, whole, and together the file of that hash', async () => {
    const whole = createHash('sha256')
    let total = 0
    for (const chunk of chunks()) {
      const data = await readFile(chunk.path)
      expect(data.length).toBe(chunk.bytes)
      expect(hex(data)).toBe(chunk.sha256)
      whole.update(data)
      total += data.length
    }
    expect(total).toBe(bytes)
    expect(whole.digest('hex')).toBe(sha256)
  })
})
