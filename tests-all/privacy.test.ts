// What docs/privacy.md promises, seen from the kernel: every way to run koutu, under strace, without the variables that CI
// sets (libraries hold back where they see one). Nothing is sent, and nothing is written outside the named folders.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Traced, trace, whyNoTrace } from './services/trace.ts'

const root = join(import.meta.dirname, '..')
const COMMAND = join(root, 'packages/koutu/bin/koutu.js')
const PHOTO = join(root, 'examples/photo.jpg')
const reason = whyNoTrace()

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'koutu-privacy-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

interface Place {
  readonly cwd: string
  readonly log: string
  readonly env: Readonly<Record<string, string>>
  /** Folders in which files may be changed. */
  readonly folders: readonly string[]
}

/** A stranger's machine: an empty working folder, and no variables but those every shell has. */
async function newPlace(name: string, home: 'empty' | 'read-only'): Promise<Place> {
  const folder = join(base, name.replaceAll(/\W+/g, '-'))
  const [cwd, temporary, ownHome] = ['work', 'tmp', 'home'].map((part) => join(folder, part)) as [
    string,
    string,
    string,
  ]
  for (const path of [cwd, temporary, ownHome]) await mkdir(path, { recursive: true })
  const cache = home === 'empty' ? join(ownHome, '.cache/koutu') : join(folder, 'cache')
  const data = home === 'empty' ? join(ownHome, '.local/share/koutu') : join(folder, 'data')
  // Nobody can make a folder in /sys, not even root, who may write to folders that are marked read-only.
  const named = home === 'empty' ? {} : { KOUTU_CACHE_DIR: cache, KOUTU_DATA_DIR: data }
  const env = { PATH: process.env.PATH!, TMPDIR: temporary, HOME: home === 'empty' ? ownHome : '/sys', ...named }
  return { cwd, log: join(folder, 'trace'), env, folders: [cwd, temporary, cache, data] }
}

function outside({ changed }: Traced, { folders }: Place): readonly string[] {
  return changed.filter(
    (path) =>
      path !== '/dev/null' &&
      // Which process the kernel ends first where memory runs out: it is no file.
      path !== '/proc/self/oom_score_adj' &&
      !folders.some((folder) => path === folder || path.startsWith(`${folder}/`)) &&
      // Making a folder looks at those above it.
      !folders.some((folder) => folder.startsWith(`${path}/`) && path.startsWith(base)),
  )
}

async function expectQuiet(place: Place, args: readonly string[]): Promise<Traced> {
  const traced = await trace([process.execPath, ...args], place)
  expect([traced.exitCode, traced.stderr]).toEqual([0, expect.any(String)])
  expect(traced.network).toEqual([])
  expect(outside(traced, place)).toEqual([])
  return traced
}

const LIBRARY = `
  import { createRemover } from ${JSON.stringify(join(root, 'packages/koutu/dist/index.js'))}
  import { writeFile } from 'node:fs/promises'
  await using remover = await createRemover()
  const { image } = await remover.remove(${JSON.stringify(PHOTO)})
  await writeFile('out.png', await image.bytes())
`

describe.skipIf(reason !== null)(`under strace${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('a program that does either is seen', async () => {
    const place = await newPlace('seen', 'empty')
    const strayFile = join(base, 'stray')
    const script = `
      import { writeFileSync } from 'node:fs'
      import { createSocket } from 'node:dgram'
      writeFileSync(${JSON.stringify(strayFile)}, '')
      createSocket('udp4').send('x', 9, '127.0.0.1', function () { this.close() })
    `
    const traced = await trace([process.execPath, '--input-type=module', '-e', script], place)
    expect(traced.network.join('\n')).toContain('socket(AF_INET')
    expect(outside(traced, place)).toEqual([strayFile])
  })

  it.each([
    ['empty', []],
    ['empty', ['--offline']],
    ['read-only', []],
    ['read-only', ['--offline']],
  ] as const)('the command, home %s, %j', async (home, flags) => {
    const place = await newPlace(`command ${home} ${flags}`, home)
    const { stderr } = await expectQuiet(place, [COMMAND, PHOTO, '-o', 'out.png', ...flags])
    expect(stderr).not.toMatch(/warn|error/i)
    expect((await readFile(join(place.cwd, 'out.png'))).length).toBeGreaterThan(1000)
  })

  it.each(['empty', 'read-only'] as const)('the library, home %s', async (home) => {
    const { stdout, stderr } = await expectQuiet(await newPlace(`library ${home}`, home), [
      '--input-type=module',
      '-e',
      LIBRARY,
    ])
    expect([stdout, stderr]).toEqual(['', ''])
  })

  it.each(['empty', 'read-only'] as const)('doctor, home %s', async (home) => {
    await expectQuiet(await newPlace(`doctor ${home}`, home), [COMMAND, 'doctor'])
  })

  it.each(['empty', 'read-only'] as const)('models calibrate, home %s', async (home) => {
    const place = await newPlace(`calibrate ${home}`, home)
    await mkdir(join(place.cwd, 'photos'))
    await writeFile(join(place.cwd, 'photos/photo.jpg'), await readFile(PHOTO))
    await expectQuiet(place, [COMMAND, 'models', 'calibrate', 'isnet-general-use', 'photos', '-o', 'recipe.json'])
  })

  it.each(['empty', 'read-only'] as const)('serve, home %s: it listens, and asks for nothing', async (home) => {
    const place = await newPlace(`serve ${home}`, home)
    const photo = new Uint8Array(await readFile(PHOTO))
    let answered: Promise<number> | null = null
    const ask = async (url: string, group: number) => {
      const response = await fetch(`${url}/v1/cutouts`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: photo,
      })
      await response.arrayBuffer()
      process.kill(-group, 'SIGTERM')
      return response.status
    }
    const traced = await trace([process.execPath, COMMAND, 'serve', '--port', '0'], {
      ...place,
      onOutput: (text, group) => {
        const url = /Listening on (\S+)/.exec(text)?.[1]
        if (url) answered ??= ask(url, group)
      },
    })
    expect(await answered).toBe(200)
    expect(traced.network.filter((line) => !isListening(line))).toEqual([])
    expect(outside(traced, place)).toEqual([])
  })
})

/** What a server needs to be asked on this machine. */
function isListening(line: string): boolean {
  return /\bsocket\(AF_INET6?, SOCK_STREAM/.test(line) || /\bbind\(.*inet_addr\("127\.0\.0\.1"\)/.test(line)
}
