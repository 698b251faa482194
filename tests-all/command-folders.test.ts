// Runs of the command over the same folders again and again, in processes. A tiny network stands in.

import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

const bench = commandBench()

describe('koutu with many inputs', () => {
  it('never takes its own results for inputs, however they are named', async () => {
    for (const name of ['a.png', 'in/b.png']) await bench.put(name)
    const outputs = async () => (await bench.files()).filter((name) => name !== 'a.png' && name !== 'in/b.png')
    await bench.withModel('.', '-o', 'out/')
    await bench.withModel('.')
    const once = ['a.cutout.png', 'in/b.cutout.png', 'out/a.png', 'out/in/b.png']
    expect(await outputs()).toEqual(once)
    // An output folder below the input, itself as input, a glob that meets it, names as a shell expands them.
    await bench.withModel('.', '-o', 'out/')
    await bench.withModel('out', '-o', 'out/')
    await bench.withModel('**/*.png', '-o', 'out/')
    await bench.withModel('a.cutout.png', 'out/a.png', '-o', 'out/')
    const nothing = await bench.withModel('a.cutout.png')
    expect(await outputs()).toEqual(once)
    expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining('Use -o FILE')])
    // Whoever names one and its result means it.
    expect((await bench.withModel('out/a.png', '-o', 'again.webp')).code).toBe(0)
    expect(await outputs()).toEqual(['a.cutout.png', 'again.webp', ...once.slice(1)])
  })

  it('does again what has changed since: the image, the options, a file that an option names', async () => {
    await bench.put('in/a.png')
    await bench.put('in/b.png')
    await bench.put('back.png')
    const run = async (...args: string[]) =>
      /^.* in /.exec(
        (await bench.withModel('in', '-o', 'out/', ...args)).stderr.split('\n').find((line) => / in \d/.test(line)) ??
          '',
      )?.[0]
    expect(await run()).toBe('2 done in ')
    expect(await run()).toBe('0 done, 2 skipped in ')
    await bench.put('in/a.png', await sharp(bench.photo).negate().png().toBuffer())
    expect(await run()).toBe('1 done, 1 skipped in ')
    expect(await run('--mask')).toBe('2 done in ')
    expect(await run('--mask', '--max-pixels', '1000000')).toBe('0 done, 2 skipped in ')
    expect(await run('-b', 'back.png')).toBe('2 done in ')
    await bench.put('back.png', await sharp(bench.photo).negate().png().toBuffer())
    expect(await run('-b', 'back.png')).toBe('2 done in ')
    // The result of another image, and a file of somebody else, are left alone.
    await bench.put('other/a.png')
    await bench.put('out/b.png', 'edited by hand')
    const { stderr } = await bench.withModel('other', 'in/b.png', '-o', 'out/', '-b', 'back.png')
    expect(stderr).toContain('0 done, 2 skipped in ')
    expect(stderr).toContain('2 outputs exist and are not the result of that image. Use --overwrite')
    expect(await readFile(bench.path('out/b.png'), 'utf8')).toBe('edited by hand')
  })
})
