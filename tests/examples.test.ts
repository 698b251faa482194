// The programs of `examples/`, run as they stand in a folder of their own, as the documents tell people to run them.

import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const EXAMPLES = join(import.meta.dirname, '../examples')
const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-examples-'))
  await copyFile(join(EXAMPLES, 'photo.jpg'), join(folder, 'photo.jpg'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const example = (name: string, ...args: string[]) =>
  run(process.execPath, [join(EXAMPLES, name), ...args], { cwd: folder })
const alphaOf = (image: Sharp) => image.extractChannel(3).raw().toBuffer()

/** Mean difference of two alphas of 8 bits, in 0..1. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / (255 * a.length)
}

describe('examples', () => {
  it('simple.ts cuts out the photo', async () => {
    const { stdout } = await example('simple.ts')
    expect(stdout).toMatch(/^true \{ left: \d+, top: \d+, width: \d+, height: \d+ \} 0\.2/)
    expect(await sharp(join(folder, 'photo.png')).metadata()).toMatchObject({ width: 1200, height: 900, channels: 4 })
  })

  it('advanced.ts tells its progress, measures the alpha and reports a failure', async () => {
    const failed = await example('advanced.ts', 'photo.jpg', 'missing.jpg').catch((error: unknown) => error)
    const { code, stdout, stderr } = failed as { code: number; stdout: string; stderr: string }
    expect(code).toBe(1)
    expect(stderr).toMatch(/^photo\.jpg 100 %$/m)
    const line = JSON.parse(stdout) as { size: [number, number]; opaque: number; box: { width: number } }
    expect(line.opaque).toBeCloseTo(0.25, 1)
    const { format, width, hasAlpha } = await sharp(join(folder, 'photo.jpg.webp')).metadata()
    expect([format, width, hasAlpha]).toEqual(['webp', line.size[0], false])
    // 5 % of the subject's width on both sides.
    expect(width).toBe(line.box.width + 2 * Math.round(line.box.width * 0.05))
  })

  it('expert.ts makes a soft matte of a hard mask', async () => {
    const truth = await alphaOf(sharp(join(folder, 'photo.png')))
    const small = await sharp(join(folder, 'photo.png')).extractChannel(3).resize(300).toBuffer()
    await sharp(small).threshold(128).png().toFile(join(folder, 'mask.png'))
    await example('expert.ts')
    const matte = await alphaOf(sharp(join(folder, 'cutout.png')))
    const mask = await sharp(join(folder, 'mask.png')).resize(1200, 900).extractChannel(0).raw().toBuffer()
    expect(difference(matte, truth)).toBeLessThan(0.6 * difference(mask, truth))
  })
})
