// The command as people run it: a process, its two streams and its exit code. A tiny network stands in for the real one.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { buildTestModel, buildTestRefiner, type FinishedProcess, type RunProcessOptions, runNode } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../../bin/koutu.js')
const SIZE = 32
let root = ''
let model = ''
let folder = ''
let photo: Buffer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'koutu-command-'))
  model = join(root, 'tiny.onnx')
  await writeFile(model, buildTestModel({ kind: 'prob', size: SIZE }))
  await writeFile(
    `${model}.json`,
    JSON.stringify({ input: { width: SIZE, height: SIZE, mean: [0, 0, 0], std: [1, 1, 1] }, output: { kind: 'prob' } }),
  )
  photo = await whiteSquare()
})
afterAll(() => rm(root, { recursive: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
})

/** 64 x 48, black with a white square from (16, 12) to (48, 36): the tiny network takes brightness for alpha. */
async function whiteSquare(): Promise<Buffer> {
  const square = await sharp({ create: { width: 32, height: 24, channels: 3, background: 'white' } })
    .png()
    .toBuffer()
  return sharp({ create: { width: 64, height: 48, channels: 3, background: 'black' } })
    .composite([{ input: square, left: 16, top: 12 }])
    .png()
    .toBuffer()
}

function koutu(args: readonly string[], options: RunProcessOptions = {}): Promise<FinishedProcess> {
  return runNode([BIN, ...args], {
    cwd: folder,
    env: { ...process.env, KOUTU_CACHE_DIR: join(root, 'cache') },
    ...options,
  })
}

const withModel = (...args: string[]) => koutu(['--model', model, ...args])
const put = async (name: string, bytes: Uint8Array | string = photo) => {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await writeFile(join(folder, name), bytes)
}
const files = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(folder.length + 1))
    .sort()

describe('koutu photo', () => {
  it('writes photo.cutout.png beside it and says so in one line on stderr', async () => {
    await put('photo.png')
    const { code, stdout, stderr } = await withModel('photo.png')
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^photo\.png -> photo\.cutout\.png \(64 x 48, subject 2\d %, .* s\)\n$/m)
    const { data, info } = await sharp(join(folder, 'photo.cutout.png')).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([64, 48, 4])
    expect([...data.subarray((24 * 64 + 32) * 4, (24 * 64 + 32) * 4 + 4)]).toEqual([255, 255, 255, 255])
    expect([...data.subarray(0, 4)]).toEqual([0, 0, 0, 0])
    expect(await files()).toEqual(['photo.cutout.png', 'photo.png'])
  })

  it('skips what is done already unless --overwrite', async () => {
    await put('photo.png')
    await put('photo.cutout.png', 'mine')
    const skipped = await withModel('photo.png')
    expect(skipped.code).toBe(0)
    expect(skipped.stderr).toContain('--overwrite')
    expect(await readFile(join(folder, 'photo.cutout.png'), 'utf8')).toBe('mine')
    expect((await withModel('photo.png', '--overwrite')).code).toBe(0)
    expect((await stat(join(folder, 'photo.cutout.png'))).size).toBeGreaterThan(60)
  })

  it('takes edges from a matting network where one is named', async () => {
    await put('photo.png')
    await writeFile(join(folder, 'refine.onnx'), buildTestRefiner(64))
    const refined = ['--subject', 'photo', '--refiner', 'refine.onnx', '--speck-area', '0', '--mask', '--json']
    const { code, stdout } = await withModel('photo.png', ...refined, '-o', 'mask.png')
    const result = stdout
      .toString()
      .split('\n')
      .find((line) => line.includes('"result"'))!
    expect({ code, ...JSON.parse(result) }).toMatchObject({ code: 0, report: { refiner: 'refine' } })
    const mask = await sharp(join(folder, 'mask.png')).extractChannel(0).raw().toBuffer()
    const at = (x: number, y: number) => mask[y * 64 + x]!
    // Known, and beside the edge (RGB + 128) / 2.
    expect([at(32, 24), at(2, 24)]).toEqual([255, 0])
    expect(at(15, 24)).toBe(64)
    expect([191, 192]).toContain(at(16, 24))
    const missing = await withModel('photo.png', '--refiner', 'vitmatte', '-o', 'b.png')
    expect(missing.stderr).toContain('koutu models pull vitmatte-small-distinctions-646')
  })

  it('takes the format from the output name, and crop, margin, background and mask as asked', async () => {
    await put('photo.png')
    await withModel('photo.png', '-o', 'a.webp')
    await withModel('photo.png', '-o', 'b.jpg', '-b', '#f00')
    await withModel('photo.png', '-o', 'c.png', '--crop', '--margin', '2px', '--crop-threshold', '0.5')
    await withModel('photo.png', '-o', 'd.png', '--mask')
    const meta = async (name: string) => {
      const { format, width, height, channels } = await sharp(join(folder, name)).metadata()
      return [format, width, height, channels]
    }
    expect(await meta('a.webp')).toEqual(['webp', 64, 48, 4])
    expect(await meta('b.jpg')).toEqual(['jpeg', 64, 48, 3])
    expect(await meta('c.png')).toEqual(['png', 36, 28, 4])
    expect(await meta('d.png')).toEqual(['png', 64, 48, 1])
    const [r, g, b] = await sharp(join(folder, 'b.jpg')).raw().toBuffer()
    expect(r).toBeGreaterThan(250)
    expect(Math.max(g!, b!)).toBeLessThan(6)
  })

  it('puts the subject where it was told to, with margins beyond the photo', async () => {
    await put('photo.png')
    const boxOf = async (...flags: string[]) => {
      const { code, stderr } = await withModel('photo.png', '-o', 'out.png', '--overwrite', '--mask', ...flags)
      expect(code, stderr).toBe(0)
      const grey = sharp(join(folder, 'out.png')).toColourspace('b-w')
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
    const refused = await withModel('photo.png', '-o', 'no.png', '--scale', '5')
    expect({ code: refused.code, says: refused.stderr.includes('scale') }).toEqual({ code: 2, says: true })
  })

  it('writes a zip and a psd, named and filled as they should be', async () => {
    await put('photo.png')
    expect((await withModel('photo.png', '-o', 'a.zip')).code).toBe(0)
    expect((await withModel('photo.png', '-f', 'psd')).stderr).toContain('photo.cutout.psd')
    const zip = await readFile(join(folder, 'a.zip'))
    expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
    for (const name of ['color.jpg', 'alpha.png']) expect(zip.includes(name)).toBe(true)
    const psd = await readFile(join(folder, 'photo.cutout.psd'))
    expect(psd.subarray(0, 4).toString()).toBe('8BPS')
    expect([psd.readUInt32BE(14), psd.readUInt32BE(18)]).toEqual([48, 64])
    for (const name of ['Original', 'Cutout', 'Mask']) expect(psd.includes(name)).toBe(true)
    const refused = await withModel('photo.png', '-o', 'b.zip', '--mask')
    expect({ code: refused.code, says: refused.stderr.includes('INVALID_OPTIONS') }).toEqual({ code: 2, says: true })
  })

  it('styles the edge, looks where told to, and follows hints', async () => {
    await put('photo.png')
    const alphaOf = async (...flags: string[]) => {
      const { code, stderr } = await withModel('photo.png', '-o', 'out.png', '--overwrite', '--mask', ...flags)
      expect({ code, stderr }).toMatchObject({ code: 0 })
      const { data } = await sharp(join(folder, 'out.png'))
        .extractChannel(0)
        .raw()
        .toBuffer({ resolveWithObject: true })
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
    await put(
      'marks.png',
      await sharp({ create: { width: 64, height: 48, channels: 4, background: '#0000' } })
        .composite([{ input: { create: { width: 6, height: 6, channels: 4, background: '#0f0' } }, left: 2, top: 2 }])
        .png()
        .toBuffer(),
    )
    expect((await alphaOf('--keep', 'marks.png')).at(4, 4)).toBe(255)
    expect((await withModel('photo.png', '-o', 'x.png', '--roi', '64,0,10,10')).code).toBe(2)
    expect((await withModel('photo.png', '-o', 'x.png', '--keep', 'nothing.png')).stderr).toContain('INPUT_NOT_FOUND')
  })

  it('reads standard input and writes standard output', async () => {
    const { code, stdout, stderr } = await koutu(['--model', model, '-', '--quiet'], { stdin: photo })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((await sharp(stdout).metadata()).hasAlpha).toBe(true)
  })

  it('counts an empty picture as failed only when told to', async () => {
    await put(
      'black.png',
      await sharp({ create: { width: 20, height: 20, channels: 3, background: 'black' } })
        .png()
        .toBuffer(),
    )
    const failed = await withModel('black.png', '--fail-on-empty')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('SUBJECT_NOT_FOUND')
    expect(await files()).toEqual(['black.png'])
    const written = await withModel('black.png')
    expect(written.code).toBe(0)
    expect(written.stderr).toContain('no subject')
  })
})

describe('koutu with many inputs', () => {
  it('keeps the tree, goes on after a bad file, sums up, and a second run does only the rest', async () => {
    for (const name of ['in/a.png', 'in/deep/b.png', 'in/deep/c.PNG']) await put(name)
    await put('in/bad.jpg', 'no picture')
    await put('in/notes.txt', 'not looked at')
    const first = await withModel('in', '-o', 'out')
    expect(first.code).toBe(1)
    expect(first.stderr).toContain('in/bad.jpg: ')
    expect(first.stderr).toMatch(/3 done, 1 failed in /)
    expect((await files()).filter((name) => name.startsWith('out'))).toEqual([
      'out/a.png',
      'out/deep/b.png',
      'out/deep/c.png',
    ])
    await rm(join(folder, 'out/a.png'))
    const second = await withModel('in', '-o', 'out')
    expect(second.stderr).toMatch(/1 done, 2 skipped, 1 failed in /)
  })

  it('refuses what would share a result, before anything runs; full names tell it apart', async () => {
    await put('same.png')
    await put('same.jpg', await sharp(photo).jpeg().toBuffer())
    const refused = await withModel('.')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain("'same.jpg' and 'same.png' would all be written to 'same.cutout.png'")
    expect(await files()).toEqual(['same.jpg', 'same.png'])
    expect((await withModel('.', '--full-names')).code).toBe(0)
    expect(await files()).toEqual(['same.jpg', 'same.jpg.cutout.png', 'same.png', 'same.png.cutout.png'])
    expect((await withModel('.', '--full-names')).stderr).toMatch(/0 done, 2 skipped in/)
  })

  it.each([
    [['a.png', 'b/a.png', '-o', 'out']],
    [['a.png', 'b', '-o', 'out']],
    [['b/a.png', '-o', 'b/a.png', '--overwrite']],
    [['https://x.example/p/a.png?v=1', 'https://x.example/p/a.png?v=2', '-o', 'out', '--offline']],
    [['a.png', 'b', '-o', 'one.webp']],
    [['a.png', '-o', 'out.bmp']],
    [['a.png', '-o', 'photo.pgn']],
    [['a.png', 'b', '-o', 'b/notes']],
    [['a.png', '-o', 'b/notes/']],
    [['a.png', '-o', 'x.png', '-f', 'webp']],
    [['a.png', '--background', 'missing.jpg']],
    [['a.png', '--keep', 'b/notes']],
    [['a.png', '--erase', 'b']],
  ])('refuses %j before anything runs', async (args) => {
    await put('a.png')
    await put('b/a.png')
    await put('b/notes', 'text')
    const before = await files()
    const { code, stderr } = await withModel(...args)
    expect(stderr).toMatch(/^koutu: .* \[(INVALID_OPTIONS|INPUT_NOT_FOUND|INPUT_UNREADABLE|IMAGE_UNSUPPORTED)\]\n$/)
    expect(code).toBeGreaterThan(0)
    expect(await files()).toEqual(before)
  })

  it('never takes its own results for inputs, however they are named', async () => {
    for (const name of ['a.png', 'in/b.png']) await put(name)
    const outputs = async () => (await files()).filter((name) => name !== 'a.png' && name !== 'in/b.png')
    await withModel('.', '-o', 'out')
    await withModel('.')
    const once = ['a.cutout.png', 'in/b.cutout.png', 'out/a.png', 'out/in/b.png']
    expect(await outputs()).toEqual(once)
    // An output folder below the input, itself as input, a glob that meets it, names as a shell expands them.
    await withModel('.', '-o', 'out')
    await withModel('out', '-o', 'out')
    await withModel('**/*.png', '-o', 'out')
    await withModel('a.cutout.png', 'out/a.png', '-o', 'out')
    const nothing = await withModel('a.cutout.png')
    expect(await outputs()).toEqual(once)
    expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining('Use -o FILE')])
    // Whoever names one and its result means it.
    expect((await withModel('out/a.png', '-o', 'again.webp')).code).toBe(0)
    expect(await outputs()).toEqual(['a.cutout.png', 'again.webp', ...once.slice(1)])
  })

  it('does again what has changed since: the photo, the options, a file that an option names', async () => {
    await put('in/a.png')
    await put('in/b.png')
    await put('back.png')
    const run = async (...args: string[]) =>
      /^.* in /.exec(
        (await withModel('in', '-o', 'out/', ...args)).stderr.split('\n').find((line) => / in \d/.test(line)) ?? '',
      )?.[0]
    expect(await run()).toBe('2 done in ')
    expect(await run()).toBe('0 done, 2 skipped in ')
    await put('in/a.png', await sharp(photo).negate().png().toBuffer())
    expect(await run()).toBe('1 done, 1 skipped in ')
    expect(await run('--mask')).toBe('2 done in ')
    expect(await run('--mask', '--max-pixels', '1000000')).toBe('0 done, 2 skipped in ')
    expect(await run('-b', 'back.png')).toBe('2 done in ')
    await put('back.png', await sharp(photo).negate().png().toBuffer())
    expect(await run('-b', 'back.png')).toBe('2 done in ')
    // The result of another photo, and a file of somebody else, are left alone.
    await put('other/a.png')
    await put('out/b.png', 'edited by hand')
    const { stderr } = await withModel('other', 'in/b.png', '-o', 'out', '-b', 'back.png')
    expect(stderr).toContain('0 done, 2 skipped in ')
    expect(stderr).toContain('2 outputs exist and are not the result of that image. Use --overwrite')
    expect(await readFile(join(folder, 'out/b.png'), 'utf8')).toBe('edited by hand')
  })

  it('fails only the image that an option does not match', async () => {
    await put('in/small.png')
    await put('in/large.png', await sharp(photo).resize(640, 480).png().toBuffer())
    const { code, stderr } = await withModel('in', '-o', 'out', '--roi', '300,200,100,100')
    expect(code).toBe(1)
    expect(stderr).toMatch(/small\.png: .*\[INVALID_OPTIONS\]/)
    expect(stderr).toContain('1 done, 1 failed in ')
  })

  it('counts what was not attempted when the model cannot run', async () => {
    for (let i = 0; i < 9; i++) await put(`in/${i}.png`)
    const { code, stderr } = await koutu(['in', '-o', 'out', '--model', 'u2netp', '--jobs', '1'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/0 done, 1 failed, 8 not attempted in /)
  })

  it('expands globs from their fixed part', async () => {
    await put('in/x/a.png')
    await put('in/y/b.png')
    expect((await withModel('in/*/*.png', '-o', 'out')).code).toBe(0)
    expect((await files()).filter((name) => name.startsWith('out'))).toEqual(['out/x/a.png', 'out/y/b.png'])
  })

  it('prints one JSON object a line', async () => {
    await put('in/a.png')
    await put('in/b.png', 'no picture')
    const { code, stdout, stderr } = await withModel('in', '-o', 'out', '--json')
    const lines = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const results = lines
      .filter(({ type }) => type === 'result')
      .sort((a, b) => String(a.input).localeCompare(String(b.input)))
    expect(results).toMatchObject([
      {
        input: 'in/a.png',
        output: 'out/a.png',
        status: 'done',
        report: { subject: true, box: { left: expect.any(Number) } },
      },
      { input: 'in/b.png', status: 'failed', error: { code: 'IMAGE_UNSUPPORTED' } },
    ])
    expect(lines.at(-1)).toMatchObject({ type: 'summary', done: 1, skipped: 0, failed: 1 })
  })

  it('stops cleanly on SIGINT, and the next run does the rest', async () => {
    for (let i = 0; i < 40; i++) await put(`in/${String(i).padStart(2, '0')}.png`)
    const stopped = await koutu(['--model', model, 'in', '-o', 'out'], {
      onStderr: (stderr, child) => void (stderr.split('\n').length >= 4 && !child.killed && child.kill('SIGINT')),
    })
    expect(stopped.code).toBe(130)
    const done = (await files()).filter((name) => name.startsWith('out/'))
    expect(done.length).toBeGreaterThan(0)
    expect(done.length).toBeLessThan(40)
    expect(done.filter((name) => !/^out\/\d\d\.png$/.test(name))).toEqual([])
    for (const name of done) await sharp(join(folder, name)).raw().toBuffer()
    const rest = await withModel('in', '-o', 'out', '--quiet')
    expect(rest).toMatchObject({ code: 0, stderr: '' })
    expect((await files()).filter((name) => name.startsWith('out/'))).toHaveLength(40)
  })
})

describe('koutu and places that cannot be written', () => {
  const LONG = '\u62a0'.repeat(80)
  // Each of these has its own answer; none is a bug of ours.
  it.each([
    [['a.png', '-o', '/proc/x/'], 1, 'OUTPUT_UNWRITABLE'],
    [['a.png', '-o', '/proc/x/y.png'], 1, 'OUTPUT_UNWRITABLE'],
    [['a.png', '-o', 'a.png/b.png'], 1, 'OUTPUT_UNWRITABLE'],
    [['a.png', '-o', 'loop/b.png'], 1, 'OUTPUT_UNWRITABLE'],
    [['a.png', '-o', `${LONG}${LONG}.png`], 1, 'ENAMETOOLONG'],
    [['a.png', '-o', 'loop'], 1, 'OUTPUT_UNWRITABLE'],
    [['loop'], 1, 'INPUT_UNREADABLE'],
    [['loop/*.png'], 1, 'INPUT_UNREADABLE'],
    [['a.png', '-o', '/dev/full'], 1, 'ENOSPC'],
    [['a.png', '-o', '/dev/null'], 0, '/dev/null'],
    [[`${LONG}.jpg`], 0, '.cutout.png'],
    [[`${LONG}.jpg`, '-o', 'out/'], 0, 'out/'],
  ])('%j: exit code %i, says %s', async (args, code, text) => {
    await put('a.png')
    await put(`${LONG}.jpg`)
    await symlink('loop', join(folder, 'loop'))
    const run = await withModel(...args)
    expect(run.stderr).toContain(text)
    expect(run.stderr).not.toContain('INTERNAL')
    expect(run.code).toBe(code)
    expect((await files()).filter((name) => /tmp|koutu/.test(name))).toEqual([])
  })

  it('works without a home that can be written, and says once where its cache is', async () => {
    await put('a.png')
    await put('b.png')
    await put('home', 'a file')
    await put('tmp/x', '')
    const { KOUTU_CACHE_DIR: _, XDG_CACHE_HOME: __, ...rest } = process.env
    const env = { ...rest, HOME: join(folder, 'home'), LOCALAPPDATA: join(folder, 'home'), TMPDIR: join(folder, 'tmp') }
    const { code, stderr } = await koutu(['--model', model, 'a.png', 'b.png', '-o', 'out/'], { env })
    expect([code, await files()]).toEqual([0, expect.arrayContaining(['out/a.png', 'out/b.png'])])
    expect(stderr.match(/KOUTU_CACHE_DIR/g)).toHaveLength(1)
  })

  it('says so when stdout is full', async () => {
    await put('a.png')
    const full = await open('/dev/full', 'w')
    try {
      const child = spawn(process.execPath, [BIN, '--model', model, 'a.png', '-o', '-'], {
        cwd: folder,
        env: { ...process.env, KOUTU_CACHE_DIR: join(root, 'cache') },
        stdio: ['ignore', full.fd, 'pipe'],
      })
      const [stderr, code] = await Promise.all([text(child.stderr!), once(child, 'exit')])
      expect([code[0], stderr]).toEqual([1, expect.stringMatching(/stdout: .*ENOSPC.*\[OUTPUT_UNWRITABLE\]/)])
    } finally {
      await full.close()
    }
  })

  it('keeps a link, and writes where it leads', async () => {
    await put('a.png')
    await put('real/a.cutout.png', 'old')
    await symlink('real/a.cutout.png', join(folder, 'a.cutout.png'))
    expect((await withModel('a.png', '--overwrite')).code).toBe(0)
    expect((await lstat(join(folder, 'a.cutout.png'))).isSymbolicLink()).toBe(true)
    expect((await stat(join(folder, 'real/a.cutout.png'))).size).toBeGreaterThan(60)
  })
})

describe('koutu, used wrongly', () => {
  it.each([
    [[], 2, 'koutu photo.jpg'],
    [['photo.png', '--no-such-flag'], 2, 'unknown option'],
    [['photo.png', '-b', '#12'], 2, 'hex color'],
    [['photo.png', '--lossy-quality', '101', '--crop-threshold', 'x'], 2, '--crop-threshold'],
    [['photo.png', '-f', 'jpeg'], 2, 'background'],
    [['photo.png', 'photo.png.', '-o', 'one.png'], 2, 'folder'],
    [['photo.png', '--model', 'isnet-generl-use'], 2, 'isnet-general-use'],
    [['photo.png', '--model', 'u2netp'], 3, 'koutu models pull u2netp'],
    [['missing.png'], 1, 'INPUT_NOT_FOUND'],
    [['*.nothing'], 1, 'nothing matches'],
    [['ftp://example.org/x.jpg'], 1, 'URL_REFUSED'],
    [['http://127.0.0.1:9/x.jpg'], 1, 'URL_REFUSED'],
    [['https://example.org/x.jpg', '--offline'], 3, 'OFFLINE'],
  ])('%j exits with %i and says %j', async (args, code, text) => {
    await put('photo.png')
    await put('photo.png.')
    const run = await koutu(args)
    expect(run.stderr).toContain(text)
    expect(run.code).toBe(code)
    expect(run.stdout.length).toBe(0)
  })

  it('never shows the secrets of a URL', async () => {
    const { stderr } = await koutu(['http://me:hunter2@127.0.0.1:9/x.jpg?token=hunter2'])
    expect(stderr).toContain('127.0.0.1')
    expect(stderr).not.toContain('hunter2')
  })
})

describe('koutu URL', () => {
  it('fetches from a private address only when allowed', async () => {
    const server = createServer((_, response) => response.end(photo)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pictures/cat%20one.png?size=1`
    try {
      expect((await withModel(url)).code).toBe(1)
      expect((await withModel(url, '--allow-private-urls')).code).toBe(0)
      expect(await files()).toEqual(['cat one.cutout.png'])
    } finally {
      server.close()
    }
  })
})

describe('koutu --help and its neighbors', () => {
  it('lists every option with its bounds and default', async () => {
    const { code, stdout } = await koutu(['--help'])
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(/-b, --background <transparent\|COLOR\|blur\|FILE>/)
    expect(stdout.toString().replace(/\s+/g, ' ')).toContain(
      'Set the quality of WebP, AVIF and JPEG, also inside a zip. Other formats are lossless. (1 to 100; default 90)',
    )
    expect((await koutu(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('lists models with their licenses', async () => {
    const { code, stdout } = await koutu(['models', 'list'])
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(/^rmbg-1\.4 .* no /m)
    const lines = (await koutu(['models', 'list', '--json'])).stdout.toString().trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toContain('isnet-general-use')
  })

  it('refuses a non-commercial model where nobody can agree, and any pull when offline', async () => {
    const refused = await koutu(['models', 'pull', 'rmbg-1.4'])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('MODEL_LICENSE_REFUSED')
    const offline = await koutu(['models', 'pull', 'u2netp', '--offline'])
    expect(offline.code).toBe(3)
    expect(offline.stderr).toContain('OFFLINE')
  })
})
