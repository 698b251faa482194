// The codec in a process that decodes many images: each one's memory is given back.

import { fileURLToPath } from 'node:url'
import { runNode } from '@koutu/testing'
import { describe, expect, it } from 'vitest'

describe('the sharp codec in a process that lives long', () => {
  it('gives back the memory of each image', async () => {
    // An image is 9 MB here; without its memory given back, a hundred of them would hold 0.9 GB, and their copies as much.
    const script = fileURLToPath(new URL('../testing/src/decode-child.ts', import.meta.url))
    const { code, stdout, stderr } = await runNode([script, 'again'], { timeoutMs: 50_000 })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { peakMb } = JSON.parse(stdout.toString()) as { peakMb: number }
    expect(peakMb).toBeLessThan(600)
  })
})
