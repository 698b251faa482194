// Strands that the image shows and strands that it does not.

import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { buildLocalModels } from './local-models.ts'
import { unexplainedBy } from './unexplained.ts'

const SIZE = 64
const RADIUS = 2
const EPSILON = 1e-4
const MIDDLE = (SIZE / 2) * SIZE + SIZE / 2

const along = (at: (x: number) => number): Plane => {
  const made = createPlane(SIZE, SIZE)
  return { ...made, data: made.data.map((_, i) => at(i % SIZE)) }
}

function unexplained(network: Plane, shown: Plane): number {
  const band = new Uint8Array(SIZE * SIZE).fill(1)
  const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => 40 + 180 * shown.data[Math.floor(i / 3)]!)
  const image: Raster = { width: SIZE, height: SIZE, channels: 3, alpha: 'none', data }
  return unexplainedBy(buildLocalModels(band, image, RADIUS, EPSILON), network, band)[MIDDLE]!
}

describe('unexplainedBy', () => {
  const strands = along((x) => 0.5 + 0.4 * Math.sin((2 * Math.PI * x) / 5))
  const edge = along((x) => 1 / (1 + Math.exp((32 - x) / 2)))

  it('is 0 where the image shows what the network told apart', () => {
    expect(unexplained(strands, strands)).toBe(0)
    expect(unexplained(edge, edge)).toBe(0)
  })

  it('is 1 where the image shows nothing of it, or something else', () => {
    expect(
      unexplained(
        strands,
        along(() => 0.5),
      ),
    ).toBe(1)
    expect(unexplained(strands, edge)).toBeGreaterThan(0.9)
  })

  it('is 0 where alpha does not vary', () => {
    expect(
      unexplained(
        along(() => 1),
        edge,
      ),
    ).toBe(0)
  })
})
