// Options of the command against the pixels that they make, one process for each. A tiny network stands in.

import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

const bench = commandBench()

describe('koutu photo', () => {
  it('puts the subject where it was told to, with margins beyond the photo', async () => {
    await bench.put('photo.png')
    const boxOf = async (...flags: string[]) => {
      const { code, stderr } = await bench.withModel('photo.png', '-o', 'out.png', '--overwrite', '--mask', ...flags)
      expect(code, stderr).toBe(0)
      const grey = sharp(bench.path('out.png')).toColourspace('b-w')
      const { data, info } = await grey.raw().toBuffer({ resolveWithObject: true })
      const at = [...data].flatMap((value, i) => (value > 127 ? [[i % info.width, Math.floor(i / info.width)]] : []))
      const [xs, ys] = [at.map(([x]) => x!), at.map(([, y]) => y!)]
      const [left, top] = [Math.min(...xs), Math.min(...ys)]
      return [info.width, info.height, left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1]
    }
    // The drawn subject is 32 x 24 at (16, 12) of 64 x 48; the network's edge is soft.
    const half = ['--crop-threshold', '0.5']
    const [, , , , width, height] = await boxOf(...half)
    expect(await boxOf(...half, '--crop', '--margin', '1px 30px 40px 2px')).toEqual([
      width! + 32,
      height! + 41,
      2,
      1,
      width,
      height,
    ])
    expect(await boxOf(...half, '--position', '0% 100%')).toEqual([64, 48, 0, 48 - height!, width, height])
    const [, , left, top, wide, high] = await boxOf(...half, '--scale', '100')
    expect(Math.max(wide! / 64, high! / 48)).toBeGreaterThan(0.95)
    expect(Math.abs(left! - (64 - wide!) / 2)).toBeLessThanOrEqual(1)
    expect(Math.abs(top! - (48 - high!) / 2)).toBeLessThanOrEqual(1)
    expect((await boxOf('--max-output-pixels', '768')).slice(0, 2)).toEqual([32, 24])
    const refused = await bench.withModel('photo.png', '-o', 'no.png', '--scale', '5')
    expect({ code: refused.code, says: refused.stderr.includes('scale') }).toEqual({ code: 2, says: true })
  })

  it('styles the edge, looks where told to, and follows hints', async () => {
    await bench.put('photo.png')
    const alphaOf = async (...flags: string[]) => {
      const { code, stderr } = await bench.withModel('photo.png', '-o', 'out.png', '--overwrite', '--mask', ...flags)
      expect({ code, stderr }).toMatchObject({ code: 0 })
      const { data } = await sharp(bench.path('out.png')).extractChannel(0).raw().toBuffer({ resolveWithObject: true })
      return { at: (x: number, y: number) => data[y * 64 + x]!, levels: new Set(data).size }
    }
    const plain = await alphaOf()
    expect([plain.at(32, 24), plain.at(4, 4)]).toEqual([255, 0])
    expect((await alphaOf('--hard-mask')).levels).toBe(2)
    expect((await alphaOf('--feather', '2')).levels).toBeGreaterThan(plain.levels)
    expect((await alphaOf('--edge-shift', '4')).at(13, 24)).toBe(255)
    expect((await alphaOf('--edge-shift', '-4')).at(18, 24)).toBe(0)
    const half = await alphaOf('--roi', '0,0,50%,100%').catch(() => null)
    expect(half).toBeNull()
    const left = await alphaOf('--roi', '0%,0%,50%,100%')
    expect([left.at(24, 24), left.at(40, 24)]).toEqual([255, 0])
    const erased = await alphaOf('--erase', '24,20 40,28@4')
    expect(erased.at(32, 24)).toBe(0)
    await bench.put(
      'marks.png',
      await sharp({ create: { width: 64, height: 48, channels: 4, background: '#0000' } })
        .composite([{ input: { create: { width: 6, height: 6, channels: 4, background: '#0f0' } }, left: 2, top: 2 }])
        .png()
        .toBuffer(),
    )
    expect((await alphaOf('--keep', 'marks.png')).at(4, 4)).toBe(255)
    expect((await bench.withModel('photo.png', '-o', 'x.png', '--roi', '64,0,10,10')).code).toBe(2)
    expect((await bench.withModel('photo.png', '-o', 'x.png', '--keep', 'nothing.png')).stderr).toContain(
      'INPUT_NOT_FOUND',
    )
  })
})
