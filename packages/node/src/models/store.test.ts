// The model store without a network: packs, damage, two processes at once, prepared graphs, files of the user's own.

import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { KoutuError, type KoutuEvent, localManifest, ModelManifest } from '@koutu/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { processTag } from './process-tag.ts'
import { createModelStore } from './store.ts'
import type { ModelStoreDeps, PreparedModel, StoredModel } from './store-types.ts'

const PIECES = [randomBytes(70_000), randomBytes(70_000), randomBytes(1234)]
const BYTES = Buffer.concat(PIECES)
const hex = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

let folder: string
let cacheDir: string
let packFolder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-store-'))
  cacheDir = join(folder, 'cache')
  packFolder = join(folder, 'pack')
  await mkdir(packFolder)
  for (const piece of PIECES) await writeFile(join(packFolder, hex(piece)), piece)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const pack = () => ({
  bytes: BYTES.length,
  sha256: hex(BYTES),
  chunks: () =>
    PIECES.map((piece) => ({ path: join(packFolder, hex(piece)), bytes: piece.length, sha256: hex(piece) })),
})

const notInstalled = async () => {
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
}

const MODEL = ModelManifest.parse({
  id: 'packed-model',
  title: 'Test',
  about: 'A test.',
  sources: [
    {
      type: 'pack',
      package: '@test/pack',
      bytes: BYTES.length,
      sha256: hex(BYTES),
      output: { kind: 'prob', name: 'o' },
    },
    { type: 'url', url: 'http://127.0.0.1:1/model.onnx', sha256: hex(Buffer.from('other')) },
  ],
  license: { id: 'MIT', url: null, commercial: 'yes', note: '' },
  input: { width: 32, height: 32, fit: 'stretch', mean: [0, 0, 0], std: [1, 1, 1] },
  output: { kind: 'minmax' },
  minRuntime: null,
  memoryMb: null,
})

const store = (deps: Partial<ModelStoreDeps> = {}) =>
  createModelStore({ cacheDir, offline: true, env: {}, importPack: async () => pack(), ...deps })

describe('ensure', () => {
  it('assembles the pack once, tells progress, and hands out what this source eats and answers', async () => {
    const events: KoutuEvent[] = []
    const importPack = vi.fn(async () => pack())
    const found = await store({ importPack }).ensure(MODEL, { onEvent: (event) => events.push(event) })
    expect(hex(await readFile(found.path))).toBe(hex(BYTES))
    expect(found).toMatchObject({ sha256: hex(BYTES), source: { type: 'pack' }, output: { kind: 'prob', name: 'o' } })
    expect(events.at(-1)).toMatchObject({ phase: 'assemble', done: BYTES.length, total: BYTES.length })
    await store({ importPack }).ensure(MODEL)
    expect(importPack).toHaveBeenCalledTimes(1)
  })

  it('still finds the assembled file when the pack has gone', async () => {
    const { path } = await store().ensure(MODEL)
    expect((await store({ importPack: notInstalled }).ensure(MODEL)).path).toBe(path)
  })

  it('never uses the network, and says what to do', async () => {
    await expect(store({ importPack: notInstalled, offline: false }).ensure(MODEL)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining('npm install @test/pack, or: koutu models pull packed-model'),
    })
  })

  it('is safe when two processes assemble at once', async () => {
    const children = [start(), start()]
    await Promise.all(children.map((child) => answer(child, 'ready')))
    const results = children.map((child) => answer(child, 'done'))
    for (const child of children) child.send('go')
    const [a, b] = await Promise.all(results)
    expect(a).toEqual(b)
    expect(hex(await readFile((a as { path: string }).path))).toBe(hex(BYTES))
    expect(await readdir(join(cacheDir, 'models', 'packed-model'))).toHaveLength(2)
    for (const child of children) child.kill()
  })

  it('repairs a damaged file', async () => {
    const { path } = await store().ensure(MODEL)
    for (const damage of [Buffer.from('short'), Buffer.from(BYTES).fill(0, 5000, 5001), Buffer.alloc(0)]) {
      await writeFile(path, damage)
      await store().ensure(MODEL)
      expect(hex(await readFile(path))).toBe(hex(BYTES))
    }
  })

  it('hashes a file whose time has changed, finds it whole, and does not hash it again', async () => {
    const { path } = await store().ensure(MODEL)
    await utimes(path, 1000, 1000)
    const phases: string[] = []
    const ctx = { onEvent: (event: KoutuEvent) => event.type === 'model' && phases.push(event.phase) }
    const inode = (await stat(path)).ino
    await store().ensure(MODEL, ctx)
    expect(new Set(phases)).toEqual(new Set(['verify']))
    phases.length = 0
    await store().ensure(MODEL, ctx)
    expect(phases).toEqual([])
    expect((await stat(path)).ino).toBe(inode)
  })

  it.each(['', '{', '{"bytes":1}', '[]', 'null', `{"bytes":${BYTES.length},"mtimeMs":0,"sha256":"../x"}`])(
    'does not trust a record %j',
    async (record) => {
      const { path } = await store().ensure(MODEL)
      await writeFile(path, 'damaged')
      await writeFile(`${path}.json`, record)
      await store().ensure(MODEL)
      expect(hex(await readFile(path))).toBe(hex(BYTES))
    },
  )

  it('does not trust a record that knows another hash than the catalog', async () => {
    const { path } = await store().ensure(MODEL)
    await writeFile(path, 'damaged')
    const { size, mtimeMs } = await stat(path)
    await writeFile(`${path}.json`, JSON.stringify({ bytes: size, mtimeMs, sha256: hex(Buffer.from('damaged')) }))
    await store().ensure(MODEL)
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('refuses a pack whose pieces are wrong or missing, and leaves nothing', async () => {
    await writeFile(join(packFolder, hex(PIECES[1]!)), 'wrong')
    await expect(store().ensure(MODEL)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      data: { expected: hex(BYTES) },
    })
    await rm(join(packFolder, hex(PIECES[1]!)))
    await expect(store().ensure(MODEL)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
    expect(await readdir(join(cacheDir, 'models', 'packed-model'))).toEqual([])
  })

  it('takes a pack whose own package is missing for not installed', async () => {
    const hollow = {
      ...pack(),
      chunks: () => {
        throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' })
      },
    }
    await expect(store({ importPack: async () => hollow }).ensure(MODEL)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
    })
  })

  it('says where it cannot write', async () => {
    await writeFile(cacheDir, 'a file where the folder should be')
    await expect(store().ensure(MODEL)).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      message: expect.stringMatching(`${cacheDir}.*KOUTU_CACHE_DIR`),
    })
  })

  it('sweeps what a killed process left, not what a living one writes', async () => {
    const { path } = await store().ensure(MODEL)
    const dead = `${path}.${processTag().replace(/-\d+-/, '-999999999-')}.tmp`
    const living = `${path}.${processTag()}.tmp`
    await writeFile(dead, 'x')
    await writeFile(living, 'x')
    await writeFile(path, 'damaged')
    await store().ensure(MODEL)
    await expect(stat(dead)).rejects.toMatchObject({ code: 'ENOENT' })
    await stat(living)
  })

  it('stops when told to, leaving nothing half-written', async () => {
    const controller = new AbortController()
    const ctx = { signal: controller.signal, onEvent: () => controller.abort() }
    await expect(store().ensure(MODEL, ctx)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await readdir(join(cacheDir, 'models', 'packed-model'))).toEqual([])
    await store().ensure(MODEL)
  })

  it('takes a file of the user where it lies and remembers its hash', async () => {
    const path = join(folder, 'my.onnx')
    await writeFile(path, BYTES)
    const { manifest } = localManifest(path, null, {})
    const phases: string[] = []
    const ctx = { onEvent: (event: KoutuEvent) => event.type === 'model' && phases.push(event.phase) }
    expect(await store().ensure(manifest, ctx)).toMatchObject({ path, sha256: hex(BYTES) })
    expect(phases).not.toEqual([])
    phases.length = 0
    await store().ensure(manifest, ctx)
    expect(phases).toEqual([])
    await writeFile(path, 'another model')
    expect((await store().ensure(manifest)).sha256).toBe(hex(Buffer.from('another model')))
    await rm(path)
    await expect(store().ensure(manifest)).rejects.toMatchObject({ code: 'MODEL_MISSING' })
  })
})

describe('prepared', () => {
  /** The source backwards as the graph, its first half as the weights. */
  const reverse = vi.fn((bytes: Uint8Array, _model: StoredModel, _dataName: string) => ({
    graph: Uint8Array.from(bytes).reverse(),
    data: [bytes.subarray(0, 1000), bytes.subarray(1000, 70_000)],
  }))
  const preparation = { tool: 'reverse 1', options: { fold: true, keep: 'output' }, build: reverse }
  const modelFolder = () => join(cacheDir, 'models', 'packed-model')

  async function expectWhole({ path, dataPath }: PreparedModel): Promise<void> {
    expect(hex(await readFile(path))).toBe(hex(Buffer.from(BYTES).reverse()))
    expect(hex(await readFile(dataPath))).toBe(hex(BYTES.subarray(0, 70_000)))
    for (const file of [path, dataPath]) {
      const record = JSON.parse(await readFile(`${file}.json`, 'utf8'))
      const { size, mtimeMs } = await stat(file)
      expect(record).toEqual({ bytes: size, sha256: hex(await readFile(file)), mtimeMs })
    }
  }

  beforeEach(() => {
    reverse.mockClear()
  })

  it('builds once and keeps the result', async () => {
    const first = await store().prepared(MODEL, preparation)
    const second = await store().prepared(MODEL, { ...preparation, options: { keep: 'output', fold: true } })
    expect(second).toEqual(first)
    expect(reverse).toHaveBeenCalledTimes(1)
    await expectWhole(first)
    expect(first).toMatchObject({ sha256: hex(BYTES), output: { name: 'o' } })
  })

  it('tells the build the name of the data file, which lies beside the graph under the same key', async () => {
    const { path, dataPath } = await store().prepared(MODEL, preparation)
    expect(dataPath).toBe(path.replace(/\.onnx$/, '.data'))
    expect(reverse.mock.calls[0]![2]).toBe(basename(dataPath))
    expect(basename(dataPath)).toMatch(/^prepared-[0-9a-f]{24}\.data$/)
  })

  it('builds anew for another tool, other options or another source', async () => {
    const paths = new Set([
      (await store().prepared(MODEL, preparation)).path,
      (await store().prepared(MODEL, { ...preparation, tool: 'reverse 2' })).path,
      (await store().prepared(MODEL, { ...preparation, options: { fold: false, keep: 'output' } })).path,
    ])
    const path = join(folder, 'packed-model.onnx')
    await writeFile(path, 'abc')
    paths.add((await store().prepared(localManifest(path, null, {}).manifest, preparation)).path)
    expect(paths.size).toBe(4)
    expect(reverse).toHaveBeenCalledTimes(4)
  })

  const damages: readonly [string, (file: string) => Promise<unknown>][] = [
    ['is missing', (file) => rm(file)],
    ['is cut short', (file) => truncate(file, 69_999)],
    ['is empty', (file) => truncate(file, 0)],
    ['has another byte', async (file) => writeFile(file, Buffer.from(await readFile(file)).fill(0, 500, 501))],
    ['has lost its record', (file) => rm(`${file}.json`)],
  ]
  describe.each(['path', 'dataPath'] as const)('builds both files anew where %s', (which) => {
    it.each(damages)('%s', async (_, damage) => {
      const prepared = await store().prepared(MODEL, preparation)
      await damage(prepared[which])
      expect(await store().prepared(MODEL, preparation)).toEqual(prepared)
      expect(reverse).toHaveBeenCalledTimes(2)
      await expectWhole(prepared)
      await store().prepared(MODEL, preparation)
      expect(reverse).toHaveBeenCalledTimes(2)
    })
  })

  it('hashes a file whose time has changed, finds it whole, and builds nothing', async () => {
    const prepared = await store().prepared(MODEL, preparation)
    await utimes(prepared.dataPath, 1000, 1000)
    await store().prepared(MODEL, preparation)
    expect(reverse).toHaveBeenCalledTimes(1)
    await expectWhole(prepared)
  })

  it('finishes what a crash between the two files left', async () => {
    const prepared = await store().prepared(MODEL, preparation)
    await rm(prepared.path)
    await rm(`${prepared.path}.json`)
    await store().prepared(MODEL, preparation)
    expect(reverse).toHaveBeenCalledTimes(2)
    await expectWhole(prepared)
  })

  it('writes the weights before the graph, so that no graph lies there without them', async () => {
    const written = await store().prepared(MODEL, preparation)
    const data = (function* () {
      yield BYTES.subarray(0, 10)
      throw new Error('the machine stops here')
    })()
    const build = () => ({ graph: BYTES, data })
    await expect(store().prepared(MODEL, { ...preparation, tool: 'cut', build })).rejects.toThrow('stops here')
    const kept = [written.path, written.dataPath].flatMap((path) => [basename(path), `${basename(path)}.json`])
    const names = await readdir(modelFolder())
    expect(names.filter((name) => name.startsWith('prepared-')).sort()).toEqual(kept.sort())
  })

  it('keeps nothing of a build that failed', async () => {
    await store().ensure(MODEL)
    const before = await readdir(modelFolder())
    const build = () => Promise.reject(new Error('no'))
    await expect(store().prepared(MODEL, { ...preparation, tool: 'broken', build })).rejects.toThrow('no')
    expect(await readdir(modelFolder())).toEqual(before)
  })

  it('is whole when several prepare at once', async () => {
    const all = await Promise.all([1, 2, 3].map(() => store().prepared(MODEL, preparation)))
    for (const prepared of all) expect(prepared).toEqual(all[0])
    await expectWhole(all[0]!)
    expect((await readdir(modelFolder())).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('takes what another made meanwhile where it cannot write its own, and says so where nothing is there', async () => {
    const unwritable = new KoutuError('CACHE_UNWRITABLE', { detail: 'the file is in use' })
    const build =
      (meanwhile: () => Promise<unknown>) => async (bytes: Uint8Array, model: StoredModel, name: string) => {
        await meanwhile()
        const data: Iterable<Uint8Array> = {
          [Symbol.iterator]() {
            throw unwritable
          },
        }
        return { ...reverse(bytes, model, name), data }
      }
    const alone = build(async () => {})
    await expect(store().prepared(MODEL, { ...preparation, build: alone })).rejects.toBe(unwritable)
    const second = build(() => store().prepared(MODEL, preparation))
    await expectWhole(await store().prepared(MODEL, { ...preparation, build: second }))
  })
})

describe('list, verify, remove', () => {
  const twice = (bytes: Uint8Array) => ({ graph: bytes, data: [bytes] })

  it('tells what is there', async () => {
    const state = async (deps = {}) => (await store(deps).list([MODEL]))[0]
    expect(await state({ importPack: notInstalled })).toEqual({
      id: MODEL.id,
      state: 'absent',
      path: null,
      bytes: null,
    })
    expect(await state()).toMatchObject({ state: 'packed', bytes: BYTES.length })
    const { path } = await store().ensure(MODEL)
    expect(await state()).toEqual({ id: MODEL.id, state: 'ready', path, bytes: BYTES.length })
    await writeFile(path, 'x')
    expect(await state()).toMatchObject({ state: 'changed', bytes: 1 })
  })

  it('finds by full hash what the quick check cannot see, also in prepared graphs', async () => {
    expect(await store().verify(MODEL)).toEqual([{ id: MODEL.id, state: 'absent' }])
    const { path } = await store().ensure(MODEL)
    const prepared = await store().prepared(MODEL, { tool: 't', options: {}, build: twice })
    expect((await store().verify(MODEL)).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    for (const file of [path, prepared.path, prepared.dataPath]) {
      const { atime, mtime } = await stat(file)
      const flipped = await readFile(file)
      flipped[100]! ^= 1
      await writeFile(file, flipped)
      await utimes(file, atime, mtime)
    }
    const found = await store().verify(MODEL)
    expect(found.map(({ state }) => state)).toEqual(['damaged', 'damaged', 'damaged'])
    expect(found[0]).toMatchObject({ expected: hex(BYTES), path })
  })

  it('removes everything of one model and says how much', async () => {
    await store().ensure(MODEL)
    await store().prepared(MODEL, { tool: 't', options: {}, build: twice })
    expect(await store().remove(MODEL)).toBeGreaterThanOrEqual(3 * BYTES.length)
    expect(await store().remove(MODEL)).toBe(0)
    expect(await store({ importPack: notInstalled }).list([MODEL])).toMatchObject([{ state: 'absent' }])
  })
})

/** A process that waits for 'go', then ensures the model in the same cache folder. */
function start(): ChildProcess {
  const script = `
    import { createHash } from 'node:crypto'
    import { createModelStore } from ${JSON.stringify(new URL('./store.ts', import.meta.url).href)}
    const { cacheDir, model, pieces } = JSON.parse(process.env.TEST_SETUP)
    const chunks = () => pieces
    const importPack = async () => ({ bytes: model.sources[0].bytes, sha256: model.sources[0].sha256, chunks })
    process.on('message', async () => {
      const { path, sha256 } = await createModelStore({ cacheDir, offline: true, importPack }).ensure(model)
      process.send({ done: { path, sha256 } })
    })
    process.send({ ready: true })
  `
  const setup = JSON.stringify({ cacheDir, model: MODEL, pieces: pack().chunks() })
  return fork('-', [], {
    execArgv: ['--input-type=module', '--eval', script],
    env: { ...process.env, TEST_SETUP: setup, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

function answer(child: ChildProcess, key: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
    child.on('message', (message) => {
      const value = (message as Record<string, unknown>)[key]
      if (value !== undefined) resolve(value)
    })
  })
}
