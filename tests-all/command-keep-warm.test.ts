// `koutu --keep-warm` as people run it: one command after another, and two at once.

import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { BIN, commandBench } from '../packages/koutu/src/cli/command.fixture.ts'
import { listWarm } from '../packages/koutu/src/warm/list-warm.ts'

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

describe.skipIf(process.platform === 'win32')('a command that another process runs', () => {
  const KEEP = ['--keep-warm', '60'] as const
  const resting = async () => {
    await expect.poll(async () => (await listWarm(cache()))[0]?.leftMs ?? null).not.toBeNull()
    return (await listWarm(cache()))[0]!.pid
  }
  /** Leaves a process that waits for the next command. */
  const leave = async () => {
    await bench.put('photo.png')
    await cut('before.png', ...KEEP)
    return resting()
  }

  it('reads stdin and writes stdout', async () => {
    const pid = await leave()
    const args = ['--model', bench.model, '-', '-o', '-', ...KEEP]
    const [here, there] = [
      await bench.withModel('photo.png', '-o', '-'),
      await bench.koutu(args, { stdin: bench.photo }),
    ]
    expect(there).toMatchObject({ code: 0 })
    expect(Buffer.compare(there.stdout, here.stdout)).toBe(0)
    expect(await resting()).toBe(pid)
  })

  it('has its own folder, and its own mask of permissions', async () => {
    const pid = await leave()
    const folder = bench.path('elsewhere')
    await mkdir(folder)
    const words = [BIN, '--model', bench.model, '../photo.png', '-o', 'own.png', ...KEEP]
    await promisify(execFile)('sh', ['-c', 'umask 077; exec "$0" "$@"', process.execPath, ...words], { cwd: folder })
    expect((await stat(join(folder, 'own.png'))).mode & 0o777).toBe(0o600)
    expect(await resting()).toBe(pid)
  })

  it('tells of failures with its exit code', async () => {
    const pid = await leave()
    const missing = await bench.withModel('missing.png', ...KEEP)
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('INPUT_NOT_FOUND') })
    const wrong = await bench.withModel('photo.png', '--format', 'none', ...KEEP)
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--format') })
    const lines = await bench.withModel('photo.png', 'missing.png', '--json', '--overwrite', ...KEEP)
    expect(
      String(lines.stdout)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).not.toEqual([])
    expect(await resting()).toBe(pid)
  })

  it('is interrupted, and leaves the process to the next', async () => {
    const pid = await leave()
    const interrupted = await bench.koutu(['--model', bench.model, '-', '-o', 'never.png', ...KEEP], {
      stdin: null,
      async onStart(child) {
        await expect.poll(async () => (await listWarm(cache()))[0]?.leftMs).toBeNull()
        child.kill('SIGINT')
      },
    })
    expect(interrupted.code).toBe(130)
    expect(await resting()).toBe(pid)
    await cut('after.png', ...KEEP)
    expect(await resting()).toBe(pid)
  })

  it('that is killed leaves the process to the next', async () => {
    const pid = await leave()
    await bench.koutu(['--model', bench.model, '-', '-o', 'never.png', ...KEEP], {
      stdin: null,
      async onStart(child) {
        await expect.poll(async () => (await listWarm(cache()))[0]?.leftMs).toBeNull()
        child.kill('SIGKILL')
      },
    })
    expect(await resting()).toBe(pid)
  })

  it('tells when its process ends in the middle', async () => {
    const pid = await leave()
    const lost = await bench.koutu(['--model', bench.model, '-', '-o', 'never.png', ...KEEP], {
      stdin: null,
      async onStart() {
        await expect.poll(async () => (await listWarm(cache()))[0]?.leftMs).toBeNull()
        process.kill(pid, 'SIGKILL')
      },
    })
    expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining('ENGINE_FAILED') })
  })

  it('runs by itself where that process is frozen, and has a new one where it was killed', async () => {
    const frozen = await leave()
    process.kill(frozen, 'SIGSTOP')
    await cut('alone.png', ...KEEP)
    process.kill(frozen, 'SIGKILL')
    await cut('anew.png', ...KEEP)
    expect(await resting()).not.toBe(frozen)
  })

  it('runs by itself where it is given pipes of its own', async () => {
    await bench.put('photo.png')
    const words = [BIN, '--model', bench.model, '/dev/stdin', '-o', bench.path('own.png'), ...KEEP]
    await promisify(execFile)('sh', ['-c', 'cat "$0" | "$@"', bench.path('photo.png'), process.execPath, ...words])
    expect(await listWarm(cache())).toEqual([])
  })
})
