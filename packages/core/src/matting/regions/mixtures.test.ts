// A grid with a subject on its left, a background on its right and a doubtful area between, whose true alpha is known.

import { describe, expect, it } from 'vitest'
import type { Pixels } from '../../pixels/plane.ts'
import { createPlane } from '../../pixels/raster.ts'
import { settleMixtures } from './mixtures.ts'

const SIDE = 64
const SUBJECT = [0.3, 0.2, 0.15] as const
const BACKGROUND = [0.6, 0.7, 0.8] as const
type Color = readonly [number, number, number]

const blend = (share: number): Color =>
  [0, 1, 2].map((k) => share * SUBJECT[k]! + (1 - share) * BACKGROUND[k]!) as unknown as Color

/** What becomes of the middle of an area that was decided to be subject, although the network said `said`. */
function middle(
  area: (x: number, y: number) => Color,
  { said = 0.6, subject = () => SUBJECT }: { said?: number; subject?: (y: number) => Color } = {},
): number {
  const [network, freedom] = [createPlane(SIDE, SIDE), createPlane(SIDE, SIDE)]
  const decided = createPlane(SIDE, SIDE)
  const color: Pixels<Uint16Array> = {
    width: SIDE,
    height: SIDE,
    channels: 3,
    data: new Uint16Array(SIDE * SIDE * 3),
  }
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    const doubtful = x >= 16 && x < 40
    network.data[i] = x < 16 ? 1 : doubtful ? said : 0
    freedom.data[i] = doubtful ? 1 : 0
    decided.data[i] = x < 40 ? 1 : 0
    const seen = x < 16 ? subject(y) : doubtful ? area(x, y) : BACKGROUND
    color.data.set(
      seen.map((value) => Math.round(value * 65535)),
      i * 3,
    )
  }
  settleMixtures(decided, network.data, freedom.data, color)
  // Sure cells stay whatever their color.
  expect([decided.data[8], decided.data[SIDE - 1]]).toEqual([1, 0])
  return decided.data[(SIDE / 2) * SIDE + 28]!
}

describe('settleMixtures', () => {
  it('gives a veil its share, whatever the network said and however it was decided', () => {
    for (const share of [0.2, 0.35, 0.5, 0.8]) expect(middle(() => blend(share))).toBeCloseTo(share, 3)
  })

  it('gives barbs and gaps side by side their mean share', () => {
    // A window of seven cells has three columns or four of the one.
    expect(Math.abs(middle((x) => blend(x % 2)) - 0.5)).toBeLessThan(0.51 / 7)
    expect(middle((x, y) => blend((x + y) % 2))).toBeCloseTo(0.5, 1)
  })

  it('leaves an area decided that has the color of either', () => {
    expect(middle(() => SUBJECT)).toBe(1)
    expect(middle(() => BACKGROUND)).toBe(1)
  })

  it('leaves one decided whose colors are neither of the two nor between them', () => {
    expect(middle(() => [0.9, 0.1, 0.5])).toBe(1)
    expect(middle((x) => (x % 2 ? [0.2, 0.7, 0.2] : blend(0.5)))).toBe(1)
  })

  it('leaves all decided where the subject has many colors, or the background’s', () => {
    expect(middle(() => blend(0.5), { subject: (y) => blend(y % 2 ? 1.6 : 0.4) })).toBe(1)
    expect(middle(() => blend(0.5), { subject: () => BACKGROUND })).toBe(1)
  })

  it('leaves what the network hardly doubts', () => {
    expect(middle(() => blend(0.5), { said: 0.96 })).toBe(1)
    expect(middle(() => blend(0.5), { said: 0.1 })).toBeLessThan(0.8)
  })
})
