// What the data term holds, on alphas of a few pixels whose right answer is plain.

import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { dataTerm } from './data-term.ts'
import { smallness } from './evidence.ts'
import { sharpnessOf } from './sharpness.ts'

const SIZE = 64

const plane = (at: (x: number) => number): Plane => {
  const made = createPlane(SIZE, SIZE)
  return { ...made, data: made.data.map((_, i) => at(i % SIZE)) }
}

/** No color tells subject from background. */
const gray: Raster = {
  width: SIZE,
  height: SIZE,
  channels: 3,
  alpha: 'none',
  data: new Uint8Array(SIZE * SIZE * 3).fill(128),
}

/** Weights of one row in the middle. */
function weights(network: Plane, alpha = network, { detail = 0.3, finer = 0, fadedPin = 0.1 } = {}): Float32Array {
  const band = new Uint8Array(SIZE * SIZE).fill(1)
  const evidence = {
    network,
    alpha,
    sharpness: sharpnessOf(network, band, SIZE, SIZE, SIZE, SIZE),
    finer: new Float32Array(SIZE * SIZE).fill(finer),
  }
  const { weight, target } = dataTerm(evidence, gray, { band, radiusPx: 4, detail, fadedPin })
  const row = (SIZE / 2) * SIZE
  target.forEach((value, i) => {
    expect(value).toBeCloseTo(alpha.data[i]!, 6)
  })
  return weight.subarray(row, row + SIZE)
}

/** A spoke: three pixels, the middle one at 0.9. */
const spoke = plane((x) => (x === 32 ? 0.9 : Math.abs(x - 32) === 1 ? 0.5 : 0))

describe('dataTerm', () => {
  it('pins the ridge of a thin thing that the network resolved, not its flanks', () => {
    const weight = weights(spoke)
    expect(weight[32]).toBeGreaterThan(0.9)
    expect(weight[31]).toBeLessThan(0.05)
  })

  it('leaves a slow ramp to the image', () => {
    const weight = weights(plane((x) => x / 63))
    expect(Math.max(...weight.subarray(8, 56))).toBeCloseTo(0.01, 6)
  })

  it('pins as strongly as told where the image has more pixels, and always alike where it has fewer', () => {
    expect(weights(spoke, spoke, { detail: 2 })[32]).toBeLessThan(0.15)
    expect(weights(spoke, spoke, { detail: 2, fadedPin: 0.5 })[32]).toBeGreaterThan(0.4)
    expect(weights(spoke, spoke, { fadedPin: 0 })[32]).toBeGreaterThan(0.9)
  })

  it('holds what lies deep inside and far outside', () => {
    const weight = weights(plane((x) => (x < 32 ? 1 : 0)))
    expect(weight[10]).toBeCloseTo(12, 5)
    expect(weight[60]).toBeCloseTo(5, 5)
  })

  it('asks no network where a region was decided against it', () => {
    const decided = plane(() => 1)
    const weight = weights(
      plane((x) => (x < 32 ? 0.6 : 0.58)),
      decided,
      { finer: 1 },
    )
    expect(weight[10]).toBeCloseTo(2, 5)
  })

  it('trusts it where it has told apart what is finer than the image', () => {
    const ramp = plane((x) => x / 63)
    expect(weights(ramp, ramp, { finer: 1 })[32]).toBeCloseTo(0.26, 5)
    expect(weights(ramp, ramp, { finer: 0.2 })[32]).toBeCloseTo(0.06, 5)
  })
})

describe('smallness', () => {
  it('is 1 up to a quarter of the network’s pixels and 0 from 0.42 on', () => {
    expect([smallness(0.1), smallness(0.25), smallness(0.42), smallness(3)]).toEqual([1, 1, 0, 0])
  })
})
