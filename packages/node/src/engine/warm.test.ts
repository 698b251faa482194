// Processes that stay for the next command: what finds them, and what must not.

import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type EngineRequest, type Options, resolve } from '@koutu/core'
import { buildTestModel, type ChannelUser, channelContract, contractRamp, type TestModelOptions } from '@koutu/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createModelLocator } from '../models/locator.ts'
import { createModelStore } from '../models/store.ts'
import { type StartedInference, startOnGuess, tryProcessor } from './inference-client.ts'
import { rememberLoad } from './last-load.ts'
import { lendWarmInference } from './lent-inference.ts'
import type { Load } from './messages.ts'
import { createOnnxEngine, type OnnxEngine } from './onnx-engine.ts'
import { listWarm, readWarmFacts, takeWarm } from './warm-link.ts'
import { type WarmFacts, warmSocketPath } from './warm-socket.ts'

const SIZE = 64
const IDLE_MS = 60_000
let cache = ''

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'koutu-warm-'))
  // The system's folders may hold sockets of others.
  vi.stubEnv('XDG_RUNTIME_DIR', cache)
  vi.stubEnv('TMPDIR', cache)
})
afterEach(async () => {
  for (const { pid } of await listWarm(cache)) process.kill(pid, 'SIGKILL')
  await rm(cache, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

async function model(kind: 'prob' | 'argmax' = 'prob', folder = cache): Promise<EngineRequest> {
  const path = join(folder, `${kind}.onnx`)
  await writeFile(path, buildTestModel({ kind, size: SIZE }))
  const options: Options = { model: path, modelSize: SIZE, modelMean: [0, 0, 0], modelStd: [1, 1, 1] }
  return resolve({ ...options, modelOutput: kind }).subject
}

function openEngine(folder: string, started: StartedInference, onLoad?: (load: Load) => void): OnnxEngine {
  const store = createModelStore({ cacheDir: folder, offline: true })
  const locate = createModelLocator({ store, trial: tryProcessor, findRecipe: async () => null })
  return createOnnxEngine({ locate, idleMs: IDLE_MS, started, onLoad })
}

interface Command {
  readonly pid: number
  readonly engine: OnnxEngine
  /** What it loaded, but for its guess. */
  readonly loads: readonly Load[]
}

/** What a command does for its network, but for its end. */
async function begin(idleMs = IDLE_MS): Promise<Command> {
  const started = startOnGuess(cache, await lendWarmInference(cache, async () => idleMs))
  const loads: Load[] = []
  const engine = openEngine(cache, started, (load) => loads.push(load))
  return { pid: started.client.pid!, engine, loads }
}

/** A whole command with one image. */
async function command(idleMs = IDLE_MS, request?: EngineRequest): Promise<Command> {
  const one = await begin(idleMs)
  const { alpha } = await one.engine.segment(contractRamp(), request ?? (await model()), {})
  expect(alpha.data[SIZE - 1]).toBeCloseTo(1, 5)
  for (const load of one.loads) await rememberLoad(cache, load)
  await one.engine.leave()
  return one
}

const socketPath = () => warmSocketPath(cache)!
const waitingPids = async () => (await listWarm(cache)).filter(({ leftMs }) => leftMs !== null).map(({ pid }) => pid)
const untilWaiting = (pid: number) => expect.poll(waitingPids).toContain(pid)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const untilEnded = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)

/** Something else that listens where a process would wait. */
async function listenInstead(serve: (socket: Socket) => void, mode = 0o600): Promise<AsyncDisposable> {
  const server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(socketPath(), resolve))
  await chmod(socketPath(), mode)
  return { [Symbol.asyncDispose]: async () => void server.close() }
}

describe.runIf(process.platform !== 'win32')('a process that stays', () => {
  it('serves the next command, with what it has loaded, and is for this user alone', async () => {
    const first = await command()
    expect(first.loads).toHaveLength(1)
    await untilWaiting(first.pid)
    expect((await stat(socketPath())).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(socketPath()))).mode & 0o777).toBe(0o700)
    const facts = await readWarmFacts(socketPath())
    expect(facts).toMatchObject({ model: 'prob', precision: 'fp32' })

    const second = await command()
    expect([second.pid, second.loads.length]).toEqual([first.pid, 0])
    await untilWaiting(first.pid)

    const other = await command(IDLE_MS, await model('argmax'))
    expect([other.pid, other.loads.length]).toEqual([first.pid, 1])
  })

  it('ends when nobody has come for a while, and with a command that keeps none', async () => {
    const brief = await command(50)
    await untilEnded(brief.pid)
    await expect.poll(() => stat(socketPath()).catch(() => null)).toBeNull()

    const kept = await command()
    await untilWaiting(kept.pid)
    expect((await command(0)).pid).toBe(kept.pid)
    await untilEnded(kept.pid)
    const alone = await command(0)
    await untilEnded(alone.pid)
    expect(await listWarm(cache)).toEqual([])
  })

  it('waits no longer because it is asked what it is', async () => {
    const { pid } = await command()
    await untilWaiting(pid)
    const left = []
    for (let i = 0; i < 3; i++) left.push((await readWarmFacts(socketPath())) as WarmFacts)
    for (const [i, { leftMs }] of left.slice(1).entries()) expect(leftMs).toBeLessThan(left[i]!.leftMs!)
  })

  it('serves one command at a time; of two, one stays', async () => {
    const { pid } = await command()
    await untilWaiting(pid)
    const [one, two] = [await begin(), await begin()]
    expect(one.pid).toBe(pid)
    expect(two.pid).not.toBe(pid)
    expect(await listWarm(cache)).toMatchObject([{ pid, leftMs: null }])
    expect(await takeWarm(socketPath())).toBeNull()
    const request = await model()
    await Promise.all([one, two].map(({ engine }) => engine.segment(contractRamp(), request, {})))
    await Promise.all([one.engine.leave(), two.engine.leave()])
    await untilEnded(two.pid)
    await untilWaiting(pid)
  })

  it('that was killed or is frozen is replaced', async () => {
    const killed = await command()
    await untilWaiting(killed.pid)
    process.kill(killed.pid, 'SIGKILL')
    await untilEnded(killed.pid)
    expect((await stat(socketPath())).isSocket()).toBe(true)
    const next = await command()
    expect(next.pid).not.toBe(killed.pid)
    await untilWaiting(next.pid)

    process.kill(next.pid, 'SIGSTOP')
    const third = await command()
    expect(third.pid).not.toBe(next.pid)
    process.kill(next.pid, 'SIGKILL')
    await untilEnded(third.pid)
  })

  it('ends with an abort, and when its command leaves in the middle', async () => {
    const aborted = await command()
    await untilWaiting(aborted.pid)
    const { client } = startOnGuess(cache, await lendWarmInference(cache, async () => IDLE_MS))
    const controller = new AbortController()
    const call = client.call('try', { threads: 1 }, { signal: controller.signal })
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
    await untilEnded(aborted.pid)

    const left = await command()
    await untilWaiting(left.pid)
    const link = (await takeWarm(socketPath()))!
    link.post({ type: 'call', id: 0, name: 'try', request: { threads: 1 } })
    link.letGo()
    await untilEnded(left.pid)
  })

  it('loads a graph anew that has changed under its name', async () => {
    const [path, dataPath] = [join(cache, 'graph.onnx'), join(cache, 'graph.data')]
    const input = { width: SIZE, height: SIZE, mean: [0, 0, 0], std: [1, 1, 1] } as const
    const model = { id: 'graph', path, dataPath, input, output: { kind: 'prob' }, precision: 'fp32' } as Load['model']
    const pixels = contractRamp().srgb.data as Uint8Array
    const alphaOf = async (kind: TestModelOptions['kind']) => {
      await Promise.all([writeFile(path, buildTestModel({ kind, size: SIZE })), writeFile(dataPath, '')])
      const { client } = startOnGuess(cache, await lendWarmInference(cache, async () => IDLE_MS))
      await client.call('load', { model, threads: 1 })
      const { alpha } = await client.call('run', { pixels, width: SIZE, height: SIZE })
      await client.leave()
      await untilWaiting(client.pid!)
      return { pid: client.pid, levels: new Set(alpha).size }
    }
    const first = await alphaOf('prob')
    expect(first.levels).toBeGreaterThan(2)
    expect(await alphaOf('argmax')).toEqual({ pid: first.pid, levels: 2 })
  })
})

describe.runIf(process.platform !== 'win32')('an ordinary process is started', () => {
  const expectOrdinary = async () => {
    const { pid } = await command()
    return pid
  }

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['hangs up', (socket) => socket.destroy()],
    ['talks nonsense', (socket) => socket.write(Buffer.alloc(100))],
  ])('where something listens that %s', async (_, serve) => {
    const sockets: Socket[] = []
    await using _server = await listenInstead((socket) => {
      sockets.push(socket)
      serve(socket)
    })
    const pid = await expectOrdinary()
    // Nor is anything taken from who listens there.
    await untilEnded(pid)
    for (const socket of sockets) socket.destroy()
  })

  it('where others may use the socket', async () => {
    await using _ = await listenInstead(() => {}, 0o666)
    expect(await takeWarm(socketPath())).toBeNull()
  })

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['others may enter', (folder) => mkdir(folder).then(() => chmod(folder, 0o777))],
    ['is a link', (folder) => symlink(cache, folder)],
    ['is a file', (folder) => writeFile(folder, '')],
  ])('where the folder %s', async (_, make) => {
    vi.stubEnv('XDG_RUNTIME_DIR', '/proc/none')
    vi.stubEnv('TMPDIR', '/proc/none')
    await make(join(cache, 'warm'))
    expect(warmSocketPath(cache)).toBeNull()
    await untilEnded(await expectOrdinary())
  })
})

describe.runIf(process.platform !== 'win32')('the path of the socket', () => {
  it('is short enough for a socket, in a folder of the system where the cache lies deep', async () => {
    expect(dirname(warmSocketPath(cache)!)).toBe(join(cache, 'warm'))
    const deep = join(cache, 'd'.repeat(100))
    expect(dirname(warmSocketPath(deep)!)).toBe(join(cache, 'koutu'))
    for (const runtime of [deep, 'relative', '/proc/none']) {
      vi.stubEnv('XDG_RUNTIME_DIR', runtime)
      expect(dirname(warmSocketPath(deep)!)).toBe(join(cache, `koutu-warm-${process.getuid?.()}`))
    }
    vi.stubEnv('TMPDIR', deep)
    expect(warmSocketPath(deep)).toBeNull()
  })

  it('is another one for another runtime or cache', async () => {
    const own = warmSocketPath(cache)!
    expect(warmSocketPath(cache)).toBe(own)
    expect(basename(warmSocketPath(join(cache, 'd'.repeat(100)))!)).not.toBe(basename(own))
    vi.stubEnv('KOUTU_RUNTIME', 'node')
    expect(warmSocketPath(cache)).not.toBe(own)
  })
})

describe.runIf(process.platform !== 'win32')('over its socket', () => {
  channelContract(
    'a process that stays',
    async (): Promise<ChannelUser> => {
      const folder = await mkdtemp(join(tmpdir(), 'koutu-warm-'))
      /** To a process that another command has left. */
      const connect = async () => {
        const own = await mkdtemp(join(folder, 'c'))
        const before = startOnGuess(own, await lendWarmInference(own, async () => IDLE_MS)).client
        await before.leave()
        await vi.waitFor(async () => {
          const kept = (await listWarm(own)).find(({ pid }) => pid === before.pid)
          expect(kept?.leftMs).toBeGreaterThan(0)
        })
        const started = startOnGuess(own, await lendWarmInference(own, async () => 0))
        expect(started.client.pid).toBe(before.pid)
        return started
      }
      const subject = await model('prob', folder)
      const engine = openEngine(folder, await connect())
      const flat = (level: number) => {
        const picture = contractRamp()
        picture.srgb.data.fill(level)
        return picture
      }
      const run = async (meanwhile: (pid: number) => void) => {
        const { client } = await connect()
        const call = client.call('run', { pixels: new Uint8Array(3), width: 1, height: 1 })
        meanwhile(client.pid!)
        return call.finally(() => client[Symbol.asyncDispose]())
      }
      return {
        ask: async (n, ctx) => Math.round((await engine.segment(flat(n), subject, ctx)).alpha.data[0]! * 255),
        answerTo: (n) => n,
        refuse: () => run(() => {}),
        refusal: { code: 'INTERNAL', data: {} },
        die: () => run((pid) => process.kill(pid, 'SIGKILL')),
        loss: 'ENGINE_FAILED',
        async [Symbol.asyncDispose]() {
          await engine[Symbol.asyncDispose]()
          await rm(folder, { recursive: true })
        },
      }
    },
    { flood: 32 },
  )
})
