// The contact sheet of a run: what is on it, what it leaves out, and that it is neither a photo nor in anybody's way.

import { readFile, symlink } from 'node:fs/promises'
import { drawnPixel, OPTIONAL_FILES } from '@koutu/testing'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from './command.fixture.ts'

const bench = commandBench()
const SIDE = 240

/** The color at a place of the sheet: column and row of squares, and the share of the square. */
async function colorAt(path: string, column: number, row: number, share: number): Promise<number[]> {
  const at = (index: number) => Math.round((index + share) * SIDE)
  const pixel = { left: at(column), top: at(row), width: 1, height: 1 }
  return [...(await sharp(path).extract(pixel).removeAlpha().raw().toBuffer())]
}

describe('--sheet', () => {
  it('shows each image beside its result, also what is up to date, and is no input afterwards', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await bench.put(`in/${name}.png`)
    await bench.put('in/bad.jpg', 'no picture')
    const args = ['--model', bench.model, 'in', '-o', 'out/', '--sheet', 'in/sheet.png']
    const first = await bench.here(...args)
    expect(first.stderr).toContain('in/sheet.png: 4 images')
    const sheet = bench.path('in/sheet.png')
    const { width, height } = await sharp(sheet).metadata()
    expect([width, height]).toEqual([6 * SIDE, 2 * SIDE])
    // The white square of the photo is in both; around it the photo is black, and the result shows the checkerboard.
    expect(await colorAt(sheet, 0, 0, 0.5)).toEqual([255, 255, 255])
    expect(await colorAt(sheet, 0, 0, 0.15)).toEqual([0, 0, 0])
    for (const level of await colorAt(sheet, 1, 0, 0.15)) expect(level).toBeGreaterThan(190)
    expect(await colorAt(sheet, 0, 1, 0.15)).toEqual([0, 0, 0])
    const second = await bench.here(...args)
    expect(second.stderr).toMatch(/0 done, 4 skipped, 1 failed/)
    expect(second.stderr).toContain('in/sheet.png: 4 images')
  })

  it('shows images that only koutu reads', async () => {
    await bench.put('in/b.jxl', OPTIONAL_FILES['jxl lossless'])
    await bench.put('in/a.jp2', OPTIONAL_FILES['jp2 lossless'])
    const { stderr } = await bench.here('--model', bench.model, 'in', '-o', 'out/', '--sheet', 'sheet.png')
    expect(stderr).toContain('sheet.png: 2 images')
    expect(stderr).not.toContain('left out')
    // 24 x 16 pixels fill the square in x; the middle is pixel 12, 8 of the drawing.
    for (const [level, k] of (await colorAt(bench.path('sheet.png'), 2, 0, 0.52)).map(
      (level, k) => [level, k] as const,
    ))
      expect(Math.abs(level - drawnPixel(12, 8)[k]!)).toBeLessThan(16)
  })

  it.each([
    ['an input', ['in/a.png'], 'in/a.png'],
    ['an input of a folder, by a link', ['in'], 'link.png'],
    ['a result', ['in'], 'out/a.png'],
    ['the background', ['in/a.png', '--background', 'wall.png'], 'wall.png'],
    ['an image by its extension', ['in'], 'sheet.jpg'],
    ['a folder', ['in'], 'folder.png'],
  ])('never replaces %s, not with --overwrite either', async (_, args, sheet) => {
    for (const name of ['in/a.png', 'wall.png', 'folder.png/x']) await bench.put(name)
    await symlink(bench.path('in/a.png'), bench.path('link.png'))
    const { code, stderr } = await bench.here(
      ...['--model', bench.model, ...args, '-o', 'out/', '--sheet', sheet, '--overwrite'],
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining(`'${sheet}'`)])
    for (const name of ['in/a.png', 'wall.png']) expect(await readFile(bench.path(name))).toEqual(bench.photo)
  })

  it('replaces no file of others, and no layered files are shown', async () => {
    await bench.put('a.png')
    await bench.put('mine.png')
    const taken = await bench.here('--model', bench.model, 'a.png', '-o', 'out/', '--sheet', 'mine.png')
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("'mine.png' exists")])
    expect(await readFile(bench.path('mine.png'))).toEqual(bench.photo)
    const layered = await bench.here('--model', bench.model, 'a.png', '-o', 'out/', '-f', 'psd', '--sheet', 's.png')
    expect([layered.code, layered.stderr]).toEqual([2, expect.stringContaining("the format is 'psd'")])
  })
})
