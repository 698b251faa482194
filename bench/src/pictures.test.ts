import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture, listPictures, spread } from './pictures.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-pictures-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the images of a bench', () => {
  it('are those of the folder by name, without their truth', async () => {
    const png = await sharp({ create: { width: 500, height: 400, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    for (const name of ['b.png', 'b.alpha.png', 'a.JPG', 'manifest.json']) await writeFile(join(folder, name), png)
    const found = await listPictures(folder)
    expect(found.map(({ name, megapixels }) => [name, megapixels])).toEqual([
      ['a.JPG', 0.2],
      ['b.png', 0.2],
    ])
  })

  it('are spread: as many as asked for where there are, each once, in order, at even distances', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 100 }), (length, count) => {
        const chosen = spread(
          Array.from({ length }, (_, i) => i),
          count,
        )
        expect(chosen).toHaveLength(Math.min(length, count))
        const steps = chosen.slice(1).map((value, i) => value - chosen[i]!)
        expect(steps.every((step) => step >= Math.floor(length / count) && step >= 1)).toBe(true)
        expect(steps.every((step) => step <= Math.ceil(length / count))).toBe(true)
      }),
    )
  })

  it('are drawn in any size, the same each time, with as many bytes a pixel as a photo', async () => {
    const { path, megapixels } = await drawPicture(0.5, folder)
    const bytes = await readFile(path)
    const { width, height } = await sharp(bytes).metadata()
    expect([width, height]).toEqual([816, 612])
    expect(megapixels).toBeCloseTo((816 * 612) / 1e6)
    expect(bytes.length / (width * height)).toBeGreaterThan(0.2)
    await drawPicture(0.5, folder)
    expect(await readFile(path)).toEqual(bytes)
  })
})
