// Strokes that may change a part of an image only: their marks, and what they extend to.

import { describe, expect, it } from 'vitest'
import type { Hint } from '../options/values.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { readHints, withHints } from './hints.ts'
import { photoOf } from './photo.fixture.ts'

const WIDTH = 80
const HEIGHT = 60
const SEEN = { left: 0, top: 0, width: WIDTH, height: HEIGHT }
const plain = photoOf({
  width: WIDTH,
  height: HEIGHT,
  channels: 3,
  alpha: 'none',
  data: new Uint8Array(WIDTH * HEIGHT * 3).fill(120),
} satisfies Raster)

/** From one side to the other. */
const across = (y: number, within?: [number, number, number, number]) => ({
  points: [
    [4, y],
    [76, y],
  ] as [number, number][],
  radius: 3,
  ...(within && { within }),
})
const strokes = (...all: ReturnType<typeof across>[]): Hint => ({ type: 'strokes', unit: 'px', strokes: all })
const never = () => Promise.reject(new Error('no image is named'))

async function hinted(keep: Hint | undefined, erase: Hint | undefined, coarse: Plane): Promise<Plane> {
  const options = { subject: 'auto' as const, subjects: 'all' as const, keep, erase }
  const hints = await readHints(options, plain, SEEN, never)
  const answer = { alpha: coarse, foreground: null, model: 'm', precision: 'p', timingsMs: {}, warnings: [] }
  return withHints(answer, plain, hints!).alpha
}

describe('strokes within a part of the image', () => {
  it.each([1, 2])(
    'extend as without limits inside of it, and change nothing outside, at 1/%i of the size',
    async (by) => {
      const full = createPlane(WIDTH / by, HEIGHT / by, 1)
      const open = await hinted(undefined, strokes(across(30)), full)
      const confined = await hinted(undefined, strokes(across(30, [20, 10, 30, 40])), full)
      let changed = 0
      full.data.forEach((before, i) => {
        const [x, y] = [((i % full.width) + 0.5) * by, (Math.floor(i / full.width) + 0.5) * by]
        const isInside = x > 20 && x < 50 && y > 10 && y < 50
        if (!isInside) expect(confined.data[i]).toBe(before)
        if (confined.data[i]! < 0.5) changed++
        // What is marked is the same; how far it extends depends on where the mark ends.
        if (isInside && Math.abs(y - 30) < 2) expect(confined.data[i]).toBeCloseTo(open.data[i]!, 1)
      })
      expect(changed).toBeGreaterThan(30)
      expect(open.data.filter((value) => value < 0.5).length).toBeGreaterThan(changed)
    },
  )

  it('mark the pixels inside of it, and erasing wins, whichever part it belongs to', async () => {
    const options = {
      subject: 'auto' as const,
      subjects: 'all' as const,
      keep: strokes(across(30, [0, 0, 40, HEIGHT]), across(31)),
      erase: strokes(across(30, [30, 0, 20, HEIGHT])),
    }
    const { map, open, confined } = (await readHints(options, plain, SEEN, never))!
    const at = (x: number, y: number) => map[y * WIDTH + x]
    // The open stroke reaches from row 28, the ones with a part from row 27.
    expect([at(10, 27), at(35, 27), at(45, 27), at(60, 27), at(60, 29)]).toEqual([1, -1, -1, 0, 1])
    expect(open[29 * WIDTH + 60]).toBe(1)
    expect(open[27 * WIDTH + 10]).toBe(0)
    expect(confined.map(({ box }) => [box.left, box.width])).toEqual([
      [0, 40],
      [30, 20],
    ])
  })

  it('in %, of what the engine sees', async () => {
    const options = {
      subject: 'auto' as const,
      subjects: 'all' as const,
      keep: {
        type: 'strokes' as const,
        unit: '%' as const,
        strokes: [
          { points: [[50, 50]] as [number, number][], within: [25, 0, 50, 200] as [number, number, number, number] },
        ],
      },
    }
    const seen = { left: 30, top: 10, width: 40, height: 30 }
    const hints = await readHints(options, plain, seen, never)
    expect(hints!.confined[0]!.box).toEqual({ left: 0, top: 0, width: 30, height: 30 })
  })
})
