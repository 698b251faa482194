// Folders, globs and second runs of the command, in processes. A tiny network stands in.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from './command.fixture.ts'

const bench = commandBench()

describe('koutu with many inputs', () => {
  it('keeps the tree, goes on after a bad file, sums up, and a second run does only the rest', async () => {
    for (const name of ['in/a.png', 'in/deep/b.png', 'in/deep/c.PNG']) await bench.put(name)
    await bench.put('in/bad.jpg', 'no picture')
    await bench.put('in/notes.txt', 'not looked at')
    const first = await bench.withModel('in', '-o', 'out/')
    expect(first.code).toBe(1)
    expect(first.stderr).toContain('in/bad.jpg: ')
    expect(first.stderr).toMatch(/3 done, 1 failed in /)
    expect((await bench.files()).filter((name) => name.startsWith('out'))).toEqual([
      'out/a.png',
      'out/deep/b.png',
      'out/deep/c.png',
    ])
    await rm(bench.path('out/a.png'))
    const second = await bench.withModel('in', '-o', 'out/')
    expect(second.stderr).toMatch(/1 done, 2 skipped, 1 failed in /)
  })

  it('refuses what would share a result, before anything runs; full names tell it apart', async () => {
    await bench.put('same.png')
    await bench.put('same.jpg', await sharp(bench.photo).jpeg().toBuffer())
    const refused = await bench.withModel('.')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain("'same.jpg' and 'same.png' would all be written to 'same.cutout.png'")
    expect(await bench.files()).toEqual(['same.jpg', 'same.png'])
    expect((await bench.withModel('.', '--full-names')).code).toBe(0)
    expect(await bench.files()).toEqual(['same.jpg', 'same.jpg.cutout.png', 'same.png', 'same.png.cutout.png'])
    expect((await bench.withModel('.', '--full-names')).stderr).toMatch(/0 done, 2 skipped in/)
  })

  it.each(['out.png', '/dev/null'])('wants a folder for several images, not %s', async (output) => {
    await bench.put('a.png')
    await bench.put('b.png')
    const { code, stderr } = await bench.withModel('a.png', 'b.png', '-o', output)
    expect(code).toBe(2)
    expect(stderr).toContain(`Expected a folder, such as 'out/', for 2 inputs but received the file '${output}'`)
    expect(await bench.files()).toEqual(['a.png', 'b.png'])
  })

  it('fails only the image that an option does not match', async () => {
    await bench.put('in/small.png')
    await bench.put('in/large.png', await sharp(bench.photo).resize(640, 480).png().toBuffer())
    const { code, stderr } = await bench.withModel('in', '-o', 'out/', '--roi', '300,200,100,100')
    expect(code).toBe(1)
    expect(stderr).toMatch(/small\.png: .*\[INVALID_OPTIONS\]/)
    expect(stderr).toContain('1 done, 1 failed in ')
  })

  it('counts what was not attempted when the model cannot run', async () => {
    for (let i = 0; i < 9; i++) await bench.put(`in/${i}.png`)
    const { code, stderr } = await bench.koutu(['in', '-o', 'out/', '--model', 'u2netp', '--jobs', '1'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/0 done, 1 failed, 8 not attempted in /)
  })

  it('expands globs from their fixed part', async () => {
    await bench.put('in/x/a.png')
    await bench.put('in/y/b.png')
    expect((await bench.withModel('in/*/*.png', '-o', 'out/')).code).toBe(0)
    expect((await bench.files()).filter((name) => name.startsWith('out'))).toEqual(['out/x/a.png', 'out/y/b.png'])
  })

  it('prints one JSON object a line', async () => {
    await bench.put('in/a.png')
    await bench.put('in/b.png', 'no picture')
    const { code, stdout, stderr } = await bench.withModel('in', '-o', 'out/', '--json')
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
    for (let i = 0; i < 40; i++) await bench.put(`in/${String(i).padStart(2, '0')}.png`)
    const stopped = await bench.koutu(['--model', bench.model, 'in', '-o', 'out/'], {
      onStderr: (stderr, child) => void (stderr.split('\n').length >= 4 && !child.killed && child.kill('SIGINT')),
    })
    expect(stopped.code).toBe(130)
    const done = (await bench.files()).filter((name) => name.startsWith('out/'))
    expect(done.length).toBeGreaterThan(0)
    expect(done.length).toBeLessThan(40)
    expect(done.filter((name) => !/^out\/\d\d\.png$/.test(name))).toEqual([])
    for (const name of done) await sharp(bench.path(name)).raw().toBuffer()
    const rest = await bench.withModel('in', '-o', 'out/', '--quiet')
    expect(rest).toMatchObject({ code: 0, stderr: '' })
    expect((await bench.files()).filter((name) => name.startsWith('out/'))).toHaveLength(40)
  })

  const isLinux = process.platform === 'linux'
  it.runIf(isLinux).each(['-', 'pipe'])('stops at the first SIGINT while %s says nothing', async (input) => {
    await bench.put('a.png')
    if (input === 'pipe') execFileSync('mkfifo', [bench.path('pipe')])
    const children = new Set<string>()
    const stopped = await bench.koutu(['--model', bench.model, 'a.png', input, '-o', 'out/'], {
      stdin: null,
      onStderr: (stderr, child) => {
        if (!stderr.includes('out/a.png') || child.killed) return
        for (const pid of childrenOf(child.pid!)) children.add(pid)
        child.kill('SIGINT')
      },
    })
    expect([stopped.code, stopped.signal]).toEqual([130, null])
    expect((await bench.files()).filter((name) => name !== 'a.png')).toEqual(['out/a.png'])
    expect(children.size).toBeGreaterThan(0)
    await expect.poll(() => [...children].filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 20_000 }).toEqual([])
  })
})

/** Process ids. Linux. */
function childrenOf(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.flatMap((id) => readFileSync(`/proc/${pid}/task/${id}/children`, 'utf8').split(' ')).filter(Boolean)
}
