// One image through the command, as people run it: a process, its two streams and its exit code. A tiny network stands in.

import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildTestRefiner } from '@koutu/testing'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from './command.fixture.ts'

const bench = commandBench()

describe('koutu photo', () => {
  it('writes photo.cutout.png beside it and says so in one line on stderr', async () => {
    await bench.put('photo.png')
    const { code, stdout, stderr } = await bench.withModel('photo.png')
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^photo\.png -> photo\.cutout\.png \(64 x 48, subject 2\d %, .* s\)\n$/m)
    const { data, info } = await sharp(bench.path('photo.cutout.png')).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([64, 48, 4])
    expect([...data.subarray((24 * 64 + 32) * 4, (24 * 64 + 32) * 4 + 4)]).toEqual([255, 255, 255, 255])
    expect([...data.subarray(0, 4)]).toEqual([0, 0, 0, 0])
    expect(await bench.files()).toEqual(['photo.cutout.png', 'photo.png'])
  })

  it('says the size of the result, not of the input', async () => {
    await bench.put('photo.png')
    const { stderr } = await bench.withModel('photo.png', '--crop', '-o', 'cropped.png')
    const { width, height } = await sharp(bench.path('cropped.png')).metadata()
    expect(width).toBeLessThan(64)
    expect(stderr).toContain(`(${width} x ${height}, `)
  })

  it('skips what is done already unless --overwrite', async () => {
    await bench.put('photo.png')
    await bench.put('photo.cutout.png', 'mine')
    const skipped = await bench.withModel('photo.png')
    expect(skipped.code).toBe(0)
    expect(skipped.stderr).toContain('--overwrite')
    expect(await readFile(bench.path('photo.cutout.png'), 'utf8')).toBe('mine')
    expect((await bench.withModel('photo.png', '--overwrite')).code).toBe(0)
    expect((await stat(bench.path('photo.cutout.png'))).size).toBeGreaterThan(60)
  })

  it('takes edges from a matting network where one is named', async () => {
    await bench.put('photo.png')
    await writeFile(bench.path('refine.onnx'), buildTestRefiner(64))
    const refined = ['--subject', 'photo', '--refiner', 'refine.onnx', '--speck-area', '0', '--mask', '--json']
    const { code, stdout } = await bench.withModel('photo.png', ...refined, '-o', 'mask.png')
    const result = stdout
      .toString()
      .split('\n')
      .find((line) => line.includes('"result"'))!
    expect({ code, ...JSON.parse(result) }).toMatchObject({ code: 0, report: { refiner: 'refine' } })
    const mask = await sharp(bench.path('mask.png')).extractChannel(0).raw().toBuffer()
    const at = (x: number, y: number) => mask[y * 64 + x]!
    // Known, and beside the edge (RGB + 128) / 2.
    expect([at(32, 24), at(2, 24)]).toEqual([255, 0])
    expect(at(15, 24)).toBe(64)
    expect([191, 192]).toContain(at(16, 24))
    const missing = await bench.withModel('photo.png', '--refiner', 'vitmatte', '-o', 'b.png')
    expect(missing.stderr).toContain('koutu models pull vitmatte-small-distinctions-646')
  })

  it('takes the format from the output name, and crop, margin, background and mask as asked', async () => {
    await bench.put('photo.png')
    await bench.withModel('photo.png', '-o', 'a.webp')
    await bench.withModel('photo.png', '-o', 'b.jpg', '-b', '#f00')
    await bench.withModel('photo.png', '-o', 'c.png', '--crop', '--margin', '2px', '--crop-threshold', '0.5')
    await bench.withModel('photo.png', '-o', 'd.png', '--mask')
    const meta = async (name: string) => {
      const { format, width, height, channels } = await sharp(bench.path(name)).metadata()
      return [format, width, height, channels]
    }
    expect(await meta('a.webp')).toEqual(['webp', 64, 48, 4])
    expect(await meta('b.jpg')).toEqual(['jpeg', 64, 48, 3])
    expect(await meta('c.png')).toEqual(['png', 36, 28, 4])
    expect(await meta('d.png')).toEqual(['png', 64, 48, 1])
    const [r, g, b] = await sharp(bench.path('b.jpg')).raw().toBuffer()
    expect(r).toBeGreaterThan(250)
    expect(Math.max(g!, b!)).toBeLessThan(6)
  })

  it('writes a zip and a psd, named and filled as they should be', async () => {
    await bench.put('photo.png')
    expect((await bench.withModel('photo.png', '-o', 'a.zip')).code).toBe(0)
    expect((await bench.withModel('photo.png', '-f', 'psd')).stderr).toContain('photo.cutout.psd')
    const zip = await readFile(bench.path('a.zip'))
    expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
    for (const name of ['color.jpg', 'alpha.png']) expect(zip.includes(name)).toBe(true)
    const psd = await readFile(bench.path('photo.cutout.psd'))
    expect(psd.subarray(0, 4).toString()).toBe('8BPS')
    expect([psd.readUInt32BE(14), psd.readUInt32BE(18)]).toEqual([48, 64])
    for (const name of ['Original', 'Cutout', 'Mask']) expect(psd.includes(name)).toBe(true)
    const refused = await bench.withModel('photo.png', '-o', 'b.zip', '--mask')
    expect({ code: refused.code, says: refused.stderr.includes('INVALID_OPTIONS') }).toEqual({ code: 2, says: true })
  })

  it('reads standard input and writes standard output', async () => {
    const { code, stdout, stderr } = await bench.koutu(['--model', bench.model, '-', '--quiet'], { stdin: bench.photo })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((await sharp(stdout).metadata()).hasAlpha).toBe(true)
  })

  it('counts an empty picture as failed only when told to', async () => {
    await bench.put(
      'black.png',
      await sharp({ create: { width: 20, height: 20, channels: 3, background: 'black' } })
        .png()
        .toBuffer(),
    )
    const failed = await bench.withModel('black.png', '--fail-on-empty')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('SUBJECT_NOT_FOUND')
    expect(await bench.files()).toEqual(['black.png'])
    const written = await bench.withModel('black.png')
    expect(written.code).toBe(0)
    expect(written.stderr).toContain('no subject')
  })
})

describe('koutu URL', () => {
  it('fetches from a private address only when allowed', async () => {
    const server = createServer((_, response) => response.end(bench.photo)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pictures/cat%20one.png?size=1`
    try {
      expect((await bench.withModel(url)).code).toBe(1)
      expect((await bench.withModel(url, '--allow-private-urls')).code).toBe(0)
      expect(await bench.files()).toEqual(['cat one.cutout.png'])
    } finally {
      server.close()
    }
  })
})
