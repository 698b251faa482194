import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKoutuError } from '../errors/koutu-error.ts'
import { networkSize, packTensor, toAlpha } from './tensor.ts'

const stretch = { width: 8, height: 8, fit: 'stretch', multiple: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const

describe('networkSize', () => {
  it('keeps the number of pixels, in multiples', () => {
    const area = {
      ...stretch,
      width: 1024,
      height: 1024,
      fit: 'area',
      multiple: 64,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    } as const
    const input = { ...area, mean: [0, 0, 0] as [number, number, number], std: [1, 1, 1] as [number, number, number] }
    expect(networkSize(input, { width: 400, height: 400 })).toEqual({ width: 1024, height: 1024 })
    expect(networkSize(input, { width: 1600, height: 400 })).toEqual({ width: 2048, height: 512 })
    expect(networkSize(input, { width: 1, height: 9000 })).toEqual({ width: 512, height: 2048 })
  })

  it('stretches to the model, or brings the shorter side to the reference', () => {
    expect(networkSize({ ...stretch, mean: [0, 0, 0], std: [1, 1, 1] }, { width: 300, height: 10 })).toEqual({
      width: 8,
      height: 8,
    })
    const aspect = {
      width: 512,
      height: 512,
      fit: 'short-side',
      multiple: 32,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    } as const
    expect(networkSize({ ...aspect, mean: [0, 0, 0], std: [1, 1, 1] }, { width: 900, height: 600 })).toEqual({
      width: 768,
      height: 512,
    })
    expect(networkSize({ ...aspect, mean: [0, 0, 0], std: [1, 1, 1] }, { width: 600, height: 900 })).toEqual({
      width: 512,
      height: 768,
    })
    expect(networkSize({ ...aspect, mean: [0, 0, 0], std: [1, 1, 1] }, { width: 1, height: 100_000 })).toEqual({
      width: 512,
      height: 2048,
    })
  })
})

describe('packTensor', () => {
  it('writes ((v / 255) - mean) / std, channel after channel', () => {
    const out = packTensor(
      Uint8Array.of(0, 51, 255, 255, 102, 0),
      { width: 2, height: 1 },
      { mean: [0.5, 0, 0.2], std: [1, 0.5, 2] },
    )
    const expected = [-0.5, 0.5, 0.4, 0.8, 0.4, -0.1]
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6)
    })
  })

  it('writes the trimap as a fourth plane in 0..1', () => {
    const out = new Float32Array(8)
    for (const given of [{}, { out }]) {
      const tensor = packTensor(
        new Uint8Array(6),
        { width: 2, height: 1 },
        { mean: [0, 0, 0], std: [1, 1, 1] },
        { ...given, trimap: Uint8Array.of(51, 255) },
      )
      expect([...tensor]).toEqual([0, 0, 0, 0, 0, 0, Math.fround(0.2), 1])
    }
    expect(out[7]).toBe(1)
  })
})

describe('toAlpha', () => {
  const of = (values: number[], dims = [1, 1, 1, values.length]) => ({ data: Float32Array.from(values), dims })
  const alpha = (values: number[], kind: Parameters<typeof toAlpha>[1], dims?: number[]) => [
    ...toAlpha(of(values, dims), kind).data,
  ]

  it('logits get a sigmoid, prob is clamped', () => {
    alpha([0, 2, -2, 100], 'logits').forEach((value, i) => {
      expect(value).toBeCloseTo([0.5, 0.880797, 0.119203, 1][i]!, 5)
    })
    expect(alpha([-1, 0.25, 3], 'prob')).toEqual([0, 0.25, 1])
  })

  it('minmax is stretched where there is a subject', () => {
    expect(alpha([0.1, 0.35, 0.6], 'minmax')).toEqual([0, 0.5, 1].map((v) => expect.closeTo(v, 5)))
  })

  it('minmax is not stretched into a ghost where there is none, nor into a hole where the subject fills the frame', () => {
    expect(Math.max(...alpha([0, 0.05, 0.1], 'minmax'))).toBeLessThan(0.11)
    expect(Math.min(...alpha([0.9, 0.95, 1], 'minmax'))).toBeGreaterThan(0.89)
  })

  it('argmax takes class numbers or scores', () => {
    expect(alpha([0, 1, 3], 'argmax')).toEqual([0, 1, 1])
    // Two pixels, three classes: scores of class 0, then 1, then 2.
    expect(alpha([5, 0, 1, 0, 2, 7], 'argmax', [1, 3, 1, 2])).toEqual([0, 1])
  })

  it('is within 0..1 for any numbers, NaN and infinities included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float(), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('logits', 'prob', 'minmax', 'argmax'),
        (values, kind) => {
          for (const value of alpha(values, kind as 'prob')) {
            expect(value).toBeGreaterThanOrEqual(0)
            expect(value).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })

  it('refuses shapes that are no image', () => {
    for (const dims of [[3], [2, 1, 1, 3], [1, 1, 2, 2], []]) {
      try {
        toAlpha({ data: Float32Array.of(0, 0, 0), dims }, 'prob')
        expect.unreachable()
      } catch (error) {
        expect(isKoutuError(error) && error.code, String(dims)).toBe('MODEL_INVALID')
      }
    }
  })
})
