// `koutu --keep-warm` as people run it: one command after another, and two at once.

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listWarm } from '@koutu/node'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

const bench = commandBench()
const cache = () => join(bench.root, 'cache')
beforeAll(() => {
  // The system's folders may hold sockets of others.
  vi.stubEnv('XDG_RUNTIME_DIR', bench.root)
  vi.stubEnv('TMPDIR', bench.root)
})
afterEach(async () => {
  for (const { pid } of await listWarm(cache())) process.kill(pid, 'SIGKILL')
})

async function cut(output: string, ...flags: string[]): Promise<Buffer> {
  const finished = await bench.withModel('photo.png', '-o', output, '--overwrite', ...flags)
  expect(finished).toMatchObject({ code: 0 })
  return readFile(bench.path(output))
}

interface Check {
  readonly name: string
  readonly detail: string
}

async function doctorLine(): Promise<string> {
  const { stdout } = await bench.koutu(['doctor', '--json'])
  return (JSON.parse(String(stdout)) as readonly Check[]).find(({ name }) => name === 'keep-warm')!.detail
}

it.skipIf(process.platform === 'win32')('keeps one process from command to command, until one ends it', async () => {
  await bench.put('photo.png')
  const plain = await cut('plain.png')
  expect(await listWarm(cache())).toEqual([])

  const first = await cut('first.png', '--keep-warm', '60s')
  await expect.poll(() => listWarm(cache())).toMatchObject([{ model: 'tiny', leftMs: expect.any(Number) }])
  const [{ pid } = { pid: 0 }] = await listWarm(cache())
  const [name = ''] = (await readdir(join(cache(), 'warm'))).filter((one) => one.endsWith('.sock'))
  expect((await stat(join(cache(), 'warm', name))).mode & 0o777).toBe(0o600)
  expect(await doctorLine()).toMatch(new RegExp(`^process ${pid} keeps tiny \\(fp32\\) in .* MB for \\d+ s more$`))

  const second = await cut('second.png', '--keep-warm=60')
  await expect.poll(async () => (await listWarm(cache()))[0]?.leftMs).not.toBeNull()
  expect(await listWarm(cache())).toMatchObject([{ pid }])
  // One that does not ask for it leaves it alone.
  await cut('third.png')
  expect(await listWarm(cache())).toMatchObject([{ pid }])
  expect([first.equals(plain), second.equals(plain)]).toEqual([true, true])

  await cut('last.png', '--keep-warm', '0')
  await expect.poll(() => listWarm(cache())).toEqual([])
  expect(await doctorLine()).toBe('no network is kept loaded')
  expect(await readdir(join(cache(), 'warm'))).toEqual([])
})

it.skipIf(process.platform === 'win32')('of commands at the same time each has a process, and one stays', async () => {
  await bench.put('photo.png')
  const names = ['a.png', 'b.png', 'c.png']
  for (let round = 0; round < 2; round++) {
    await Promise.all(names.map((name) => cut(name, '--keep-warm', '60')))
    await expect.poll(() => listWarm(cache())).toMatchObject([{ leftMs: expect.any(Number) }])
  }
})

it('refuses what is no time', async () => {
  await bench.put('photo.png')
  const { code, stderr } = await bench.withModel('photo.png', '--keep-warm', 'always')
  expect(code).toBe(2)
  expect(stderr).toContain('--keep-warm')
  expect(await listWarm(cache())).toEqual([])
})
