import { describe, expect, it } from 'vitest'
import { resolve } from '../options/resolve.ts'
import type { Raster } from '../pixels/raster.ts'
import type { Engine, Picture, SegmentRequest } from '../ports/ports.ts'
import { askEngine } from './answer.ts'
import { typescriptKernels } from './kernels.ts'

const kernels = async () => typescriptKernels

/** 3 x 2, the red channel counts the pixels. */
const srgb: Raster = {
  width: 3,
  height: 2,
  channels: 3,
  alpha: 'none',
  data: Uint8Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? i / 3 : 9)),
}
const picture: Picture = {
  width: 3,
  height: 2,
  color: srgb,
  srgb,
  alpha: null,
  format: 'png',
  icc: null,
  metadata: { exif: null, xmp: null },
  warnings: [],
}

function imageOf(side: number, red: (x: number) => number): Picture {
  const data = new Uint8Array(side * side * 3)
  for (let i = 0; i < side * side; i++) data[3 * i] = red(i % side)
  const image: Raster = { width: side, height: side, channels: 3, alpha: 'none', data }
  return { ...picture, width: side, height: side, color: image, srgb: image }
}
/** Subject to the left; to the right background, or first what stays open. */
const sure = imageOf(64, (x) => (x < 16 ? 10 : 0))
const halfOpen = imageOf(64, (x) => (x < 16 ? 10 : x < 48 ? 5 : 0))

/** Says of each pixel its red value divided by 10, and `lean` more at the left border of what it is shown. */
function engine(produces: Engine['produces'], lean = 0): Engine & { readonly seen: Raster[] } {
  const seen: Raster[] = []
  return {
    specVersion: 1,
    id: 'fake',
    produces,
    seen,
    warm: async () => {},
    segment: async ({ width, height, srgb }) => {
      seen.push(srgb)
      const data = Float32Array.from({ length: width * height }, (_, i) => {
        return srgb.data[i * 3]! / 10 + (i % width === 0 ? lean : 0)
      })
      const alpha = { width, height, data }
      return { alpha, foreground: null, model: 'm', precision: 'p', timingsMs: { infer: 5 }, warnings: [] }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

describe('askEngine', () => {
  it('asks once where nothing large stays open, unless the best quality is wanted', async () => {
    for (const quality of ['fast', 'balanced'] as const) {
      const one = engine('alpha')
      const { timingsMs } = await askEngine(one, sure, resolve({ quality }).subject, kernels, {})
      expect([one.seen.length, timingsMs.infer]).toEqual([1, 5])
    }
  })

  it('asks about the mirrored image where a large area stays open, and settles it', async () => {
    // Half of the first answer is open; the second is sure of it.
    const twice = engine('alpha')
    const asked: SegmentRequest[] = []
    const doubtful: Engine = {
      ...twice,
      async segment(shown, request, ctx) {
        asked.push(request)
        const answer = await twice.segment(shown, request, ctx)
        const { data } = answer.alpha
        if (request.isSecondLook) data.set(data.map((value) => (value === 0.5 ? 1 : value)))
        return { ...answer, levels: new Uint8Array(data.length) }
      },
    }
    const { alpha, levels, timingsMs } = await askEngine(doubtful, halfOpen, resolve({}).subject, kernels, {})
    expect(asked.map(({ isSecondLook }) => isSecondLook)).toEqual([undefined, true])
    expect([...twice.seen[1]!.data.subarray(0, 3)]).toEqual([...halfOpen.srgb.data.subarray(189, 192)])
    expect(alpha.data[10 * 64]).toBe(1)
    expect(alpha.data[10 * 64 + 32]).toBeGreaterThan(0.9)
    expect([levels![10 * 64], timingsMs.infer]).toEqual([255, 10])
    const fast = engine('alpha')
    await askEngine(fast, halfOpen, resolve({ quality: 'fast' }).subject, kernels, {})
    expect(fast.seen).toHaveLength(1)
  })

  it('shows five views for the best quality: as it is, mirrored, upside down, framed, close up', async () => {
    const five = engine('alpha')
    const { alpha, timingsMs } = await askEngine(five, picture, resolve({ quality: 'best' }).subject, kernels, {})
    const red = five.seen.map(({ data }) => [...data].filter((_, i) => i % 3 === 0))
    expect(red.slice(0, 3)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [2, 1, 0, 5, 4, 3],
      [5, 4, 3, 2, 1, 0],
    ])
    expect([five.seen[3]!.width, five.seen[3]!.height]).toEqual([5, 4])
    expect([alpha.width, alpha.height]).toEqual([3, 2])
    expect(timingsMs.infer).toBe(25)
    expect(srgb.data[0]).toBe(0)
  })

  it('averages edges with the mirrored answer only', async () => {
    // Stripes: structure everywhere, no area to agree on.
    const size = 256
    const data = new Uint8Array(size * size * 3)
    for (let i = 0; i < size * size; i++) data[i * 3] = Math.floor(i / size) % 4 < 2 ? 10 : 0
    const image: Raster = { width: size, height: size, channels: 3, alpha: 'none', data }
    const wide: Picture = { ...picture, width: size, height: size, color: image, srgb: image }
    const straight = await askEngine(engine('alpha', 20 / 255), wide, resolve({}).subject, kernels, {})
    const { alpha } = await askEngine(
      engine('alpha', 20 / 255),
      wide,
      resolve({ quality: 'best' }).subject,
      kernels,
      {},
    )
    const left = 2 * size
    const right = left + size - 1
    // Half of the lean at the left border, half at the right.
    expect(straight.alpha.data[left]! - alpha.data[left]!).toBeCloseTo(10 / 255, 5)
    expect(alpha.data[right]! - straight.alpha.data[right]!).toBeCloseTo(10 / 255, 5)
  })

  it('never asks a service twice', async () => {
    const service = engine('cutout')
    await askEngine(service, picture, resolve({ quality: 'best' }).subject, kernels, {})
    expect(service.seen).toHaveLength(1)
  })
})
