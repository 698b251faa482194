// The command where results, inputs or the cache cannot be read or written: each place has its own answer.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, open, stat, symlink } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { BIN, commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

const bench = commandBench()

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
    await bench.put('a.png')
    await bench.put(`${LONG}.jpg`)
    await symlink('loop', bench.path('loop'))
    const run = await bench.withModel(...args)
    expect(run.stderr).toContain(text)
    expect(run.stderr).not.toContain('INTERNAL')
    expect(run.code).toBe(code)
    expect((await bench.files()).filter((name) => /tmp|koutu/.test(name))).toEqual([])
  })

  it('works without a home that can be written, and says once where its cache is', async () => {
    await bench.put('a.png')
    await bench.put('b.png')
    await bench.put('home', 'a file')
    await bench.put('tmp/x', '')
    const { KOUTU_CACHE_DIR: _, XDG_CACHE_HOME: __, ...rest } = process.env
    const env = { ...rest, HOME: bench.path('home'), LOCALAPPDATA: bench.path('home'), TMPDIR: bench.path('tmp') }
    const { code, stderr } = await bench.koutu(['--model', bench.model, 'a.png', 'b.png', '-o', 'out/'], { env })
    expect([code, await bench.files()]).toEqual([0, expect.arrayContaining(['out/a.png', 'out/b.png'])])
    expect(stderr.match(/KOUTU_CACHE_DIR/g)).toHaveLength(1)
  })

  it('says so when stdout is full', async () => {
    await bench.put('a.png')
    const full = await open('/dev/full', 'w')
    try {
      const child = spawn(process.execPath, [BIN, '--model', bench.model, 'a.png', '-o', '-'], {
        cwd: bench.folder,
        stdio: ['ignore', full.fd, 'pipe'],
      })
      const [stderr, code] = await Promise.all([text(child.stderr!), once(child, 'exit')])
      expect([code[0], stderr]).toEqual([1, expect.stringMatching(/stdout: .*ENOSPC.*\[OUTPUT_UNWRITABLE\]/)])
    } finally {
      await full.close()
    }
  })

  it('keeps a link, and writes where it leads', async () => {
    await bench.put('a.png')
    await bench.put('real/a.cutout.png', 'old')
    await symlink('real/a.cutout.png', bench.path('a.cutout.png'))
    expect((await bench.withModel('a.png', '--overwrite')).code).toBe(0)
    expect((await lstat(bench.path('a.cutout.png'))).isSymbolicLink()).toBe(true)
    expect((await stat(bench.path('real/a.cutout.png'))).size).toBeGreaterThan(60)
  })
})
