// The plan on trees of every kind of file system, against what it promises: one input, one output, the same on every run.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, relative, resolve } from 'node:path'
import { isKoutuError, KoutuError } from '@koutu/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readDestination } from './destination.ts'
import { type FileTree, fileSystem } from './file-tree.ts'
import { type Job, makePlan, type Plan, type PlanRequest } from './plan.ts'

interface FakeTree extends FileTree {
  readonly files: ReadonlySet<string>
}

/** Files by their paths below the working folder, on a file system that compares names by `key`. */
function fakeTree(
  paths: readonly string[],
  key = (name: string) => name,
  unreadable: readonly string[] = [],
): FakeTree {
  const files = new Set<string>()
  const seen = new Set<string>()
  const folders = new Set(['.'])
  for (const path of paths.map(normalize)) {
    // A folding file system has one file of such names, and no file where a folder is.
    const steps = path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))
    if (seen.has(key(path)) || steps.slice(0, -1).some((step) => seen.has(key(step)))) continue
    if ([...folders].some((folder) => key(folder) === key(path))) continue
    files.add(path)
    seen.add(key(path))
    for (const step of steps.slice(0, -1)) folders.add([...folders].find((folder) => key(folder) === key(step)) ?? step)
  }
  const below = (path: string) => relative('.', resolve(path)) || '.'
  const find = (set: ReadonlySet<string>, path: string) => [...set].find((one) => key(one) === key(below(path)))
  return {
    files,
    async kind(path) {
      return find(files, path) ? 'file' : find(folders, path) ? 'folder' : null
    },
    async list(path) {
      const folder = find(folders, path)
      if (folder === undefined || unreadable.includes(folder))
        throw new KoutuError('INPUT_UNREADABLE', { detail: path })
      const inside = (one: string) => one !== '.' && key(dirname(one)) === key(folder)
      return [
        ...[...folders].filter(inside).map((one) => ({ name: one.split('/').at(-1)!, kind: 'folder' as const })),
        ...[...files].filter(inside).map((one) => ({ name: one.split('/').at(-1)!, kind: 'file' as const })),
      ].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    real: async (path) => resolve(path),
    isLink: async () => false,
    isResult: async (path) => /\.cutout\.[a-z]+$/i.test(path),
    nameKey: async () => key,
  }
}

type Request = Partial<Omit<PlanRequest, 'destination'>> & { readonly output?: string }

async function planOf(inputs: readonly string[], request: Request, tree: FileTree): Promise<Plan> {
  const { output, format = 'png', fullNames = false, files = [] } = request
  return makePlan({ inputs, destination: await readDestination(output, tree), format, fullNames, files }, tree)
}

async function jobsOf(plan: Plan): Promise<Job[]> {
  const jobs: Job[] = []
  for await (const job of plan.jobs()) jobs.push(job)
  return jobs
}

/** null where the plan was refused. */
async function tryPlan(inputs: readonly string[], request: Request, tree: FileTree): Promise<Job[] | null> {
  try {
    return await jobsOf(await planOf(inputs, request, tree))
  } catch (error) {
    if (isKoutuError(error) && error.code === 'INVALID_OPTIONS') return null
    throw error
  }
}

const folds = {
  'ext4, xfs': (name: string) => name,
  ntfs: (name: string) => name.toLowerCase(),
  apfs: (name: string) => name.normalize('NFC').toLowerCase(),
}
const stem = fc.constantFrom(
  'a',
  'A',
  'b',
  'caf\u00e9',
  'cafe\u0301',
  'CAF\u00c9',
  'a.jpg',
  'a.cutout',
  'out',
  '\u62a0',
)
const extension = fc.constantFrom('.jpg', '.JPG', '.png', '.jpe', '.hif', '.bmp', '.apng', '.jfif', '.webp', '.txt', '')
const folder = fc.constantFrom('', '', 'in/', 'in/deep/', 'In/', 'out/', 'in/out/', 'other/')
const path = fc.tuple(folder, stem, extension).map((parts) => parts.join(''))
const world = fc.record({
  paths: fc.uniqueArray(path, { minLength: 1, maxLength: 9 }),
  fold: fc.constantFrom(...Object.values(folds)),
  output: fc.constantFrom(undefined, '.', 'out/', 'in', 'in/out/', 'new/'),
  fullNames: fc.boolean(),
})
const input = fc.constantFrom('.', 'in', './in/', 'other', 'in/deep', '**/*.png', 'in/*', '{in,other}/*.jpg')

describe('a name without an extension that is not there', () => {
  const tree = fakeTree(['in/a.jpg', 'b.jpg', 'here/c.jpg'])
  it.each([
    [['b.jpg'], 'out', null],
    [['-'], 'out', null],
    [['b.jpg'], 'out/', ['out/b.png']],
    [['b.jpg'], 'here', ['here/b.png']],
    [['b.jpg', 'in/a.jpg'], 'out', null],
    [['b.jpg', 'in/a.jpg'], 'out/', ['out/b.png', 'out/a.png']],
    [['in'], 'out', null],
    [['in'], 'here', ['here/a.png']],
  ])('%j -o %s gives %j', async (inputs, output, expected) => {
    const jobs = await tryPlan(inputs, { output }, tree)
    expect(jobs?.map((job) => relative('.', job.output)) ?? null).toEqual(expected)
  })
})

describe('a plan', () => {
  it('gives each input one output and each output one input, and no input is an output', () =>
    fc.assert(
      fc.asyncProperty(world, fc.array(input, { minLength: 1, maxLength: 3 }), async (w, inputs) => {
        const tree = fakeTree(w.paths, w.fold)
        const request = { fullNames: w.fullNames, ...(w.output ? { output: w.output } : {}) }
        const jobs = await tryPlan(inputs, request, tree)
        if (!jobs) return
        const key = (name: string) => w.fold(relative('.', resolve(name)))
        const outputs = jobs.map(({ output }) => key(output))
        expect(new Set(outputs).size).toBe(jobs.length)
        for (const { input: one } of jobs) expect(outputs).not.toContain(key(one))
        // No result is an input of the next run.
        for (const { input: one } of jobs) expect(one).not.toMatch(/\.cutout\./)
      }),
      { numRuns: 400 },
    ))

  it('gives an input the same output whatever is beside it, in any order', () =>
    fc.assert(
      fc.asyncProperty(
        world,
        fc.array(input, { minLength: 1, maxLength: 2 }),
        fc.array(path),
        async (w, inputs, more) => {
          const request = { fullNames: w.fullNames, ...(w.output ? { output: w.output } : {}) }
          const tree = fakeTree(w.paths, w.fold)
          const few = await tryPlan(inputs, request, tree)
          const many = await tryPlan([...inputs].reverse(), request, fakeTree([...tree.files, ...more], w.fold))
          if (!few || !many) return
          const pairs = (jobs: readonly Job[]) =>
            jobs.map((job) => w.fold(`${resolve(job.input)} > ${resolve(job.output)}`))
          expect(pairs(many)).toEqual(expect.arrayContaining(pairs(few)))
        },
      ),
      { numRuns: 300 },
    ))

  it('finds nothing new after its own results were written', () =>
    fc.assert(
      fc.asyncProperty(world, fc.array(input, { minLength: 1, maxLength: 2 }), async (w, inputs) => {
        const request = { fullNames: w.fullNames, ...(w.output ? { output: w.output } : {}) }
        const tree = fakeTree(w.paths, w.fold)
        const first = await tryPlan(inputs, request, tree)
        if (!first) return
        const results = first.map(({ output }) => relative('.', resolve(output)))
        const after = fakeTree([...tree.files, ...results], w.fold)
        // The record that the command writes is what tells them.
        const isResult = async (name: string) =>
          (await tree.isResult(name)) || results.some((one) => w.fold(one) === w.fold(relative('.', resolve(name))))
        const second = await tryPlan(inputs, request, { ...after, isResult })
        expect(second?.map(({ output }) => output).sort()).toEqual(first.map(({ output }) => output).sort())
      }),
      { numRuns: 300 },
    ))

  it('with full names, tells apart all inputs whose names the file system tells apart', () =>
    fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { minLength: 1, maxLength: 9 }), async (paths) => {
        const tree = fakeTree(paths)
        const named = [...tree.files].filter((one) => !/\.cutout\./.test(one))
        const jobs = await tryPlan(named, { output: 'new/', fullNames: true }, tree)
        expect(jobs?.map((job) => job.input).sort()).toEqual(named.sort())
      }),
    ))
})

describe('a refusal', () => {
  it.each([
    [['a/x.jpg', 'b/x.jpg'], ['a/x.jpg', 'b/x.jpg'], 'new/'],
    [['a/x.jpg', 'b/x.jpg'], ['a', 'b'], 'new/'],
    [['x.jpg', 'x.png', 'x.jpg.webp'], ['.'], undefined],
    [['x.jpg', 'y/x.png'], ['x.jpg', 'y/x.png'], 'y'],
  ])('of %j names the inputs and a way out', async (paths, inputs, output) => {
    const plan = planOf(inputs, output ? { output } : {}, fakeTree(paths))
    await expect(plan).rejects.toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining("x.jpg'") })
  })

  it.each([
    [['a.jpg'], 'wall.png', './wall.png'],
    [['in'], 'in/out/', 'in/out/b.png'],
  ])('of %j comes where the result would replace a file that the run reads', async (inputs, output, file) => {
    const tree = fakeTree(['a.jpg', 'wall.png', 'in/b.jpg', 'in/out/b.png'])
    expect(await tryPlan(inputs, { output, files: [file] }, tree)).toBeNull()
    expect(await tryPlan(inputs, { output, files: ['other.png'] }, tree)).toHaveLength(1)
  })

  it('comes where the file system folds names, and only there', async () => {
    const paths = ['in/a.jpg', 'in/A.jpg']
    const onto = (key: (name: string) => string): FileTree => ({
      ...fakeTree(paths),
      nameKey: async (where) => (where.endsWith('new') ? key : (name) => name),
    })
    expect(await tryPlan(['in'], { output: 'new/' }, onto(folds['ext4, xfs']))).toHaveLength(2)
    expect(await tryPlan(['in'], { output: 'new/' }, onto(folds.ntfs))).toBeNull()
    expect(
      await tryPlan(
        ['in', 'in/a.jpg', './in'],
        { output: 'new/' },
        onto((name) => name),
      ),
    ).toHaveLength(2)
  })
})

describe('a name that would be too long', () => {
  const long = `${'n'.repeat(250)}.jpg`
  const other = `${'n'.repeat(249)}m.jpg`
  it.each([{}, { output: 'out/' }, { fullNames: true }, { output: 'out/', fullNames: true }])(
    'is cut: %j',
    async (request) => {
      const format = 'webp' as const
      const jobs = await jobsOf(
        await planOf(
          ['.', `https://x.org/${'%E6%8A%A0'.repeat(90)}/x.jpg`],
          { ...request, format },
          fakeTree([long, other]),
        ),
      )
      const names = jobs.flatMap(({ output }) => output.split('/'))
      expect(names.filter((name) => Buffer.byteLength(name) > 255)).toEqual([])
      expect(new Set(jobs.map(({ output }) => output)).size).toBe(3)
    },
  )
})

describe('a data: URL', () => {
  const words = ['data:image/png;base64,AAA/B', 'DATA:,b']
  it.each([
    [words.slice(0, 1), {}, ['image.cutout.png']],
    [words.slice(1), { output: 'out/' }, ['out/image.png']],
    [words, { output: 'out/' }, null],
    [words, { output: 'out/', fullNames: true }, [/^out\/image-[0-9a-f]{8}\.png$/, /^out\/image-[0-9a-f]{8}\.png$/]],
  ])('%j with %j', async (inputs, request, expected) => {
    const jobs = await tryPlan(inputs, request, fakeTree(['data:image/png;base64,AAA/B', 'b.jpg']))
    expect(jobs?.map(({ output }) => output) ?? null).toEqual(
      expected?.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))) ?? null,
    )
    expect(jobs?.map(({ input: one }) => one) ?? inputs).toEqual(inputs)
    for (const { label } of jobs ?? []) expect(label).toMatch(/^data:(image\/png;base64)?,…$/i)
  })
})

describe('an unreadable folder', () => {
  it('is told, and the others are searched', async () => {
    const plan = await planOf(['.'], {}, fakeTree(['a.jpg', 'in/b.jpg', 'other/c.jpg'], undefined, ['in']))
    expect(plan.missing).toMatchObject([{ label: 'in', error: { code: 'INPUT_UNREADABLE' } }])
    expect((await jobsOf(plan)).map(({ input: one }) => one).sort()).toEqual(['a.jpg', 'other/c.jpg'])
  })
})

describe('on this file system', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'koutu-plan-'))
    for (const name of ['in/a.jpg', 'in/deep/b.jpg', 'away/c.jpg']) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), name)
    }
  })
  afterEach(() => rm(root, { recursive: true }))
  const found = async (words: readonly string[]) =>
    (
      await jobsOf(
        await planOf(
          words.map((word) => join(root, word)),
          {},
          fileSystem,
        ),
      )
    )
      .map(({ input: one }) => relative(root, one))
      .sort()

  it('links to folders that are met anyway yield nothing twice; others are followed', async () => {
    await symlink('..', join(root, 'in/deep/up'))
    await symlink('deep', join(root, 'in/again'))
    await symlink('../away', join(root, 'in/more'))
    await symlink('more', join(root, 'away/more'))
    expect(await found(['in'])).toEqual(['in/a.jpg', 'in/deep/b.jpg', 'in/more/c.jpg'])
    expect(await found(['in/**/*.jpg'])).toEqual(['in/a.jpg', 'in/deep/b.jpg', 'in/more/c.jpg'])
    expect(await found(['in/*/*.jpg'])).toEqual(['in/deep/b.jpg', 'in/more/c.jpg'])
  })

  it.each([
    ['a folder that is a link to theirs', 'in', ['in'], 'link/'],
    ['a folder below a link', 'in', ['in/deep'], 'link/deep'],
    ['links to them', 'away/linked', ['in'], 'away/linked'],
    ['a file that is a link to one', 'in/deep', ['in/a.png'], 'away/linked/a.png'],
  ])('results never replace inputs by way of %s', async (_way, target, inputs, output) => {
    for (const name of ['in/a.png', 'in/deep/b.png']) await writeFile(join(root, name), name)
    await rm(join(root, 'in/a.jpg'))
    await mkdir(join(root, 'away/linked'))
    await symlink('../../in/a.png', join(root, 'away/linked/a.png'))
    await symlink(target, join(root, 'link'))
    const words = inputs.map((word) => join(root, word))
    const plan = planOf(words, { output: join(root, output) + (output.endsWith('/') ? '/' : '') }, fileSystem)
    await expect(plan).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('would replace the input'),
    })
  })

  it('the same file named twice is done once', async () => {
    expect(await found(['in/a.jpg', 'in', 'in/*.jpg', 'in/deep/../a.jpg'])).toEqual(['in/a.jpg', 'in/deep/b.jpg'])
  })
})
