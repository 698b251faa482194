import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { walkBroadAreas } from './random-walk.ts'

const SIZE = 64

interface Scene {
  readonly alpha: Plane
  /** Gray levels, 0..1. */
  readonly color: (x: number, y: number) => number
}

/** A light subject on dark ground whose right third the network left at `value`; there `color` decides. */
function scene(value: number, color: Scene['color']): Scene {
  const alpha = createPlane(SIZE, SIZE)
  for (let y = 16; y < 48; y++) {
    alpha.data.fill(1, y * SIZE + 8, y * SIZE + 32)
    alpha.data.fill(value, y * SIZE + 32, y * SIZE + 56)
  }
  return { alpha, color }
}

function walked({ alpha, color }: Scene): Plane {
  const data = new Uint16Array(SIZE * SIZE * 3)
  for (let i = 0; i < SIZE * SIZE; i++) data.fill(65535 * color(i % SIZE, Math.floor(i / SIZE)), i * 3, i * 3 + 3)
  const out = { ...alpha, data: alpha.data.slice() }
  walkBroadAreas(out, { width: SIZE, height: SIZE, channels: 3, data }, 1)
  return out
}

const isSubject = (x: number, y: number) => x >= 8 && x < 56 && y >= 16 && y < 48
const MIDDLE = 32 * SIZE + 44

describe('a broad undecided area', () => {
  it('goes with what it is joined to without an edge between, whatever the network leaned to', () => {
    for (const value of [0.2, 0.4, 0.8]) {
      const likeSubject = walked(scene(value, (x, y) => (isSubject(x, y) ? 0.8 : 0.2)))
      const likeGround = walked(scene(value, (x, y) => (isSubject(x, y) && x < 32 ? 0.8 : 0.2)))
      expect(likeSubject.data[MIDDLE]).toBeGreaterThan(0.8)
      expect(likeGround.data[MIDDLE]).toBeLessThan(0.2)
    }
  })

  it('stays where nothing tells: an edge on all sides, or none anywhere', () => {
    const apart = scene(0.4, (x, y) => (!isSubject(x, y) ? 0.2 : x < 32 ? 0.8 : 0.5))
    const flat = scene(0.4, () => 0.5)
    for (const each of [apart, flat]) expect(walked(each).data[MIDDLE]).toBeCloseTo(0.4, 1)
  })

  it('is neither narrow nor decided, and needs both sides to end at', () => {
    const narrow = scene(1, (x, y) => (isSubject(x, y) ? 0.8 : 0.2))
    for (let y = 16; y < 48; y++) narrow.alpha.data.fill(0.5, y * SIZE + 30, y * SIZE + 34)
    const decided = scene(0.95, (x, y) => (isSubject(x, y) ? 0.8 : 0.2))
    const alone = { alpha: createPlane(SIZE, SIZE, 0.4), color: () => 0.5 }
    for (const each of [narrow, decided, alone]) expect(walked(each)).toEqual(each.alpha)
  })

  it('is decided the same whatever no walk from it can reach', () => {
    const alone = scene(0.4, (x, y) => (isSubject(x, y) ? 0.8 : 0.2))
    const { data } = alone.alpha
    const beside = { ...alone, alpha: { ...alone.alpha, data: data.slice() } }
    beside.alpha.data.fill(0.5, 60 * SIZE, 62 * SIZE)
    expect(walked(beside).data.subarray(0, 60 * SIZE)).toEqual(walked(alone).data.subarray(0, 60 * SIZE))
  })

  it('is decided the same in a mirrored image', () => {
    const one = scene(0.4, (x, y) => (isSubject(x, y) ? 0.8 : 0.2) + 0.002 * ((x * 7 + y * 13) % 17))
    const flip = ({ data, ...size }: Plane): Plane => ({
      ...size,
      data: data.map((_, i) => data[i - (i % SIZE) + SIZE - 1 - (i % SIZE)]!),
    })
    const mirrored = walked({ alpha: flip(one.alpha), color: (x, y) => one.color(SIZE - 1 - x, y) })
    const back = flip(mirrored)
    walked(one).data.forEach((value, i) => {
      expect(back.data[i]).toBeCloseTo(value, 2)
    })
  })
})
