// Alpha that a caller brings, through the library and the command: real files and the real thread, and no network.

import { readFile, writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { plainAlpha } from './alpha-input.ts'
import { commandBench } from './cli/command.fixture.ts'
import { createRemover } from './remover.ts'

const bench = commandBench()
const [WIDTH, HEIGHT] = [64, 48]

/** Opaque in the left half, half transparent in the next quarter. */
const LEVELS = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 32 ? 255 : i % WIDTH < 48 ? 128 : 0))
const gray = () => sharp(LEVELS, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
const alphaOfFile = async (path: string) => new Uint8Array(await sharp(path).extractChannel(3).raw().toBuffer())

describe('applyAlpha', async () => {
  const remover = await createRemover()
  afterAll(() => remover[Symbol.asyncDispose]())

  it('takes files, bytes and samples of every depth, with one result', async () => {
    await bench.put('alpha.png', await gray().png().toBuffer())
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i % 4 === 3 ? LEVELS[i >> 2]! : 77))
    const rgba = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
      .png()
      .toBuffer()
    const given = [
      bench.path('alpha.png'),
      await gray().png().toBuffer(),
      rgba,
      gray(),
      { data: LEVELS, width: WIDTH, height: HEIGHT },
      { data: Uint16Array.from(LEVELS, (level) => level * 257), width: WIDTH, height: HEIGHT },
      { data: Float32Array.from(LEVELS, (level) => level / 255), width: WIDTH, height: HEIGHT },
    ]
    for (const [i, alpha] of given.entries()) {
      const result = await remover.applyAlpha(bench.photo, alpha)
      const levels = Uint8Array.from(result.alpha.data, (value) => Math.round(value * 255))
      expect(Buffer.compare(levels, LEVELS), `input ${i}`).toBe(0)
      expect(result.report).toMatchObject({ engine: 'none', warnings: [] })
    }
  })

  it('finishes as any cutout: background, crop, format', async () => {
    const alpha = { data: LEVELS, width: WIDTH, height: HEIGHT }
    const { image } = await remover.applyAlpha(bench.photo, alpha, { background: '#00ff00', format: 'jpg', crop: true })
    expect(image).toMatchObject({ format: 'jpeg', width: 48, height: HEIGHT })
    const inverted = await remover.applyAlpha(bench.photo, alpha, { invert: true })
    expect(inverted.alpha.data[WIDTH - 1]).toBe(1)
  })

  it('refuses what is no alpha, or that of another image', async () => {
    const code = (alpha: unknown) =>
      remover.applyAlpha(bench.photo, alpha as never).then(
        () => 'fine',
        (error) => error.code,
      )
    expect(await code(undefined)).toBe('INPUT_UNREADABLE')
    expect(await code({ data: new Float32Array(WIDTH * HEIGHT * 4), width: WIDTH, height: HEIGHT })).toBe(
      'INPUT_UNREADABLE',
    )
    expect(await code({ data: new Float32Array(9), width: 3, height: 3 })).toBe('INVALID_OPTIONS')
    expect(await code(bench.path('nothing.png'))).toBe('INPUT_NOT_FOUND')
  })

  it('knows samples by their shape', async () => {
    const plain = await plainAlpha({ data: new Uint8Array(4 * 6), width: 3, height: 2 }, 1000)
    // Four channels are an image.
    expect(plain).toHaveProperty('pixels')
  })
})

describe('koutu apply', () => {
  it('writes the image with that alpha, and redoes it when the alpha has changed', async () => {
    await bench.put('photo.png')
    await bench.put('alpha.png', await gray().png().toBuffer())
    const first = await bench.here('apply', 'photo.png', 'alpha.png', '-o', 'out.png')
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('photo.png -> out.png')])
    expect(await alphaOfFile(bench.path('out.png'))).toEqual(LEVELS)
    expect((await bench.here('apply', 'photo.png', 'alpha.png', '-o', 'out.png')).stderr).toContain('up to date')
    await writeFile(bench.path('alpha.png'), await gray().negate().png().toBuffer())
    expect((await bench.here('apply', 'photo.png', 'alpha.png', '-o', 'out.png')).stderr).toContain('-> out.png')
    expect((await alphaOfFile(bench.path('out.png')))[0]).toBe(0)
  })

  it('names what is missing, and knows no option of networks', async () => {
    await bench.put('photo.png')
    const missing = await bench.here('apply', 'photo.png', 'alpha.png', '-o', 'out.png')
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('alpha.png')])
    const model = await bench.here('apply', 'photo.png', 'photo.png', '--model', 'isnet-general-use')
    expect([model.code, model.stderr]).toEqual([2, expect.stringContaining("unknown option '--model'")])
    expect(await readFile(bench.path('photo.png'))).toEqual(bench.photo)
  })
})
