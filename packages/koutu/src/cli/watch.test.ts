// `koutu watch` in processes, as people run it: a folder, a tiny network, signals. What happens when is tested in watch/.

import { mkdir, readFile, symlink } from 'node:fs/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from './command.fixture.ts'

const bench = commandBench()
const watch = (...args: string[]) => ['watch', ...args, '--model', bench.model, '--settle', '0.1']
const results = async () => (await bench.files()).filter((name) => name.startsWith('in/out/'))

describe('koutu watch', () => {
  it('cuts out what is there, arrives or changes, goes on after a bad file, and continues after a restart', async () => {
    const larger = await sharp(bench.photo).resize(96, 72).png().toBuffer()
    await bench.put('in/a.png')
    /** What is done once all of these have been told. */
    const steps: { told: RegExp[]; act: () => Promise<void> }[] = [
      {
        told: [/^in\/a\.png -> /m],
        act: async () => {
          await bench.put('in/deep/b.png')
          await bench.put('in/bad.png', 'no image')
          await bench.put('in/notes.txt', 'not looked at')
        },
      },
      { told: [/^in\/deep\/b\.png -> /m, /^in\/bad\.png: /m], act: () => bench.put('in/a.png', larger) },
    ]
    const first = await bench.koutu(watch('in', '-o', 'in/out/'), {
      onStderr(stderr, child) {
        if (steps[0]?.told.every((line) => line.test(stderr))) void steps.shift()!.act()
        else if (/-> in\/out\/a\.png \(96 x 72/.test(stderr) && !child.killed) child.kill('SIGINT')
      },
    })
    expect(first.stderr).toMatch(/^Watching in\. Stop with Ctrl-C\.$/m)
    expect(first.stderr).toMatch(/^3 done, 1 failed in [^(]*$/m)
    expect(first.code).toBe(130)
    expect(await results()).toEqual(['in/out/a.png', 'in/out/deep/b.png'])
    expect(await sharp(bench.path('in/out/a.png')).metadata()).toMatchObject({ width: 96, height: 72 })

    await bench.put('in/c.png')
    const before = await readFile(bench.path('in/out/a.png'))
    const second = await bench.koutu(watch('in', '-o', 'in/out/', '--json'), {
      onStart(child) {
        let lines = 0
        child.stdout!.on('data', (data: Buffer) => {
          lines += data.toString().split('"type":"result"').length - 1
          if (lines === 4) child.kill('SIGTERM')
        })
      },
    })
    const lines = second.stdout.toString().trim().split('\n')
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 130, stderr: '' })
    expect(told.pop()).toMatchObject({ type: 'summary', done: 1, skipped: 2, failed: 1, notAttempted: 0, leftOut: 0 })
    expect(told.sort((a, b) => String(a.input).localeCompare(String(b.input)))).toMatchObject([
      { type: 'result', input: 'in/a.png', status: 'skipped', reason: 'done' },
      { type: 'result', input: 'in/bad.png', status: 'failed', error: { code: 'IMAGE_UNSUPPORTED' } },
      { type: 'result', input: 'in/c.png', output: 'in/out/c.png', status: 'done' },
      { type: 'result', input: 'in/deep/b.png', status: 'skipped', reason: 'done' },
    ])
    expect(await readFile(bench.path('in/out/a.png'))).toEqual(before)
  })

  it('ends at a fault that would fail every image', async () => {
    await bench.put('in/a.png')
    const { code, stderr } = await bench.koutu(['watch', 'in', '-o', 'out/', '--model', 'u2netp', '--settle', '0.1'])
    expect(stderr).toContain('koutu models pull u2netp')
    expect(code).toBe(3)
  })

  it('refuses a link to the watched folder where results could replace images', async () => {
    await bench.put('in/a.png')
    await symlink('in', bench.path('link'))
    const refused = await bench.here('watch', 'in', '-o', 'link/', '--overwrite')
    expect(refused.stderr).toContain('nor a link to it')
    expect(refused.code).toBe(2)
  })

  it.each([
    [['in', '-o', 'out.png'], 2, "Expected a folder, such as 'out/', but received the file 'out.png'"],
    [['in', '-o', '-'], 2, "but received the file '-'"],
    [['a.png', '-o', 'out/'], 2, "Expected a folder but 'a.png' is a file"],
    [['missing', '-o', 'out/'], 1, 'missing [INPUT_NOT_FOUND]'],
    [['in/deep', '-o', 'in/', '--overwrite'], 2, "Expected a folder that is not above 'in/deep'"],
    [['in', '-o', 'out/', '--settle', '0'], 2, '--settle'],
    [['in', '-o', 'out/', '--sheet', 'sheet.png'], 2, "unknown option '--sheet'"],
    [['-o', 'out/'], 2, 'folder'],
  ])('refuses %j with %i before anything runs', async (args, code, text) => {
    await bench.put('a.png')
    await mkdir(bench.path('in/deep'), { recursive: true })
    const refused = await bench.here('watch', ...args)
    expect(refused.stderr).toContain(text)
    expect(refused.code).toBe(code)
    expect(await bench.files()).toEqual(['a.png'])
  })
})
