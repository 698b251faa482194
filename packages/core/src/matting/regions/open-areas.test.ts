import { describe, expect, it } from 'vitest'
import type { Plane, Raster } from '../../pixels/raster.ts'
import { decideRegions } from '../refine-alpha.ts'
import { mayHaveOpenAreas, openAreas, settleAreas } from './open-areas.ts'

const SIDE = 128

/** Subject and background of one gray, so that colors tell nothing. */
const gray: Raster = {
  width: SIDE,
  height: SIDE,
  channels: 3,
  alpha: 'none',
  data: new Uint8Array(SIDE * SIDE * 3).fill(90),
}

function plane(value: (x: number, y: number) => number, side = SIDE): Plane {
  const data = Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)))
  return { width: side, height: side, data }
}

/** Subject in the left half, and in it, `size` wide, what the network leaves at `doubt`. */
const doubted = (size: number, doubt = 0.5) =>
  plane((x, y) => {
    if (x >= 20 && x < 20 + size && y >= 40 && y < 40 + size) return doubt
    return x < SIDE / 2 ? 1 : 0
  })

const areasOf = (alpha: Plane, image: Raster) => openAreas(decideRegions(alpha, image, { quality: 'balanced' }))

describe('openAreas', () => {
  it('finds a large area that neither network nor colors decide, where it is', () => {
    const areas = areasOf(doubted(60), gray)!
    const at = (x: number, y: number) => areas.data[y * 2 * areas.width + x * 2]!
    expect([at(50, 70), at(5, 5), at(110, 10)]).toEqual([1, 0, 0])
  })

  it('adds up areas that are too small alone', () => {
    const corners = (size: number) =>
      plane((x, y) => {
        const isIn = (at: number) => (at >= 10 && at < 10 + size) || (at >= 80 && at < 80 + size)
        return isIn(x) && isIn(y) ? 0.5 : x < SIDE / 2 ? 1 : 0
      })
    expect(areasOf(corners(14), gray)).not.toBeNull()
    expect(areasOf(doubted(14), gray)).toBeNull()
  })

  it('finds none among strands, half transparent as they are', () => {
    const strands = plane((x, y) => (x >= 20 && x < 80 && y >= 40 && y < 100 ? (x % 6 < 3 ? 0.15 : 0.85) : 0))
    expect(areasOf(strands, gray)).toBeNull()
  })

  it('finds none where the area is small, the network sure, or colors decide', () => {
    expect(areasOf(doubted(14), gray)).toBeNull()
    expect(areasOf(doubted(60, 1), gray)).toBeNull()
    const alpha = doubted(60)
    const data = new Uint8Array(SIDE * SIDE * 3)
    for (let i = 0; i < SIDE * SIDE; i++) data.fill(alpha.data[i] === 0 ? 30 : 200, 3 * i, 3 * i + 3)
    expect(areasOf(alpha, { ...gray, data })).toBeNull()
  })

  it('may have some where the network leaves a large area in doubt, before anything is decided', () => {
    expect([doubted(60), doubted(14), doubted(60, 1)].map(mayHaveOpenAreas)).toEqual([true, false, false])
  })
})

describe('settleAreas', () => {
  const everywhere = plane(() => 1, 256)

  it('takes what another answer is sure of, and nothing outside the areas', () => {
    const left = plane((x) => (x < 128 ? 1 : 0), 256)
    const settled = settleAreas(
      plane(() => 0.5),
      plane(() => 0.999, 64),
      left,
    )
    expect(settled.data[0]).toBeGreaterThan(0.93)
    expect(settled.data[SIDE - 1]).toBe(0.5)
  })

  it('changes nothing where both answers are the same', () => {
    const same = plane((x, y) => ((x + 3 * y) % 101) / 100)
    for (const [i, value] of settleAreas(same, same, everywhere).data.entries())
      expect(value).toBeCloseTo(same.data[i]!, 6)
  })

  it('is symmetric in subject and background', () => {
    const up = settleAreas(
      plane(() => 0.6),
      plane(() => 0.97),
      everywhere,
    ).data[0]!
    const down = settleAreas(
      plane(() => 0.4),
      plane(() => 0.03),
      everywhere,
    ).data[0]!
    expect(up).toBeCloseTo(1 - down, 5)
    expect(up).toBeGreaterThan(0.85)
  })

  it('leaves an area alone of which the answers say the opposite', () => {
    const settled = settleAreas(
      plane(() => 0.2),
      plane(() => 0.8),
      everywhere,
    )
    expect(settled.data[0]).toBeCloseTo(0.2, 5)
  })
})
