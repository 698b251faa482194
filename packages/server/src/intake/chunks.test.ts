import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Chunks } from './chunks.ts'

describe('Chunks', () => {
  it('holds the bytes as they came, joined or taken in between', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.nat(9000).map((n) => new Uint8Array(n).fill(n)),
    )
    const action = fc.constantFrom('keep', 'join', 'take')
    fc.assert(
      fc.property(fc.array(fc.tuple(chunk, action), { maxLength: 60 }), (steps) => {
        const chunks = new Chunks()
        let expected = Buffer.alloc(0)
        for (const [bytes, then] of steps) {
          chunks.add(bytes)
          expected = Buffer.concat([expected, bytes])
          expect(chunks.bytes).toBe(expected.length)
          if (then === 'keep') continue
          expect(
            expected.equals(
              then === 'join' ? chunks.joined() : then === 'take' ? chunks.take() : Buffer.concat(chunks.takeParts()),
            ),
          ).toBe(true)
          if (then !== 'join') expected = Buffer.alloc(0)
        }
        expect(expected.equals(chunks.joined())).toBe(true)
      }),
    )
  })

  it('makes few buffers of many chunks', () => {
    const chunks = new Chunks()
    for (let i = 0; i < 1_000_000; i++) chunks.add(Uint8Array.of(i))
    expect(chunks.bytes).toBe(1_000_000)
    expect(chunks.buffers).toBeLessThanOrEqual(16)
  })

  it('is not changed by a sender that reuses its small chunks', () => {
    const [chunks, chunk] = [new Chunks(), Uint8Array.of(1)]
    chunks.add(chunk)
    chunk[0] = 2
    expect([...chunks.joined()]).toEqual([1])
  })
})
