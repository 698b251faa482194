// The house's walls: who may import whom, and that the core names no runtime. Reads imports only.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

interface Import {
  readonly file: string
  readonly target: string
}

function sources(folder: string, { tests = false } = {}): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter(
      (path) =>
        /\.tsx?$/.test(path) &&
        (tests || !/\.(test|fixture)\.ts$/.test(path)) &&
        !path.includes('/dist/') &&
        !path.includes('node_modules'),
    )
    .filter((path) => statSync(path).isFile())
}

function withoutComments(file: string): string {
  return readFileSync(file, 'utf8').replace(/(?<![:'"])\/\/.*|\/\*[\s\S]*?\*\//g, '')
}

/** Static and dynamic imports, re-exports as text. */
function importsOf(file: string): Import[] {
  const text = withoutComments(file)
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm
  return [...text.matchAll(pattern)].map((match) => ({ file, target: match[1]! }))
}

const importsIn = (folder: string) => sources(join(root, folder)).flatMap(importsOf)
const shown = ({ file, target }: Import) => `${relative(root, file)} imports ${target}`

/** Inside core, left to right: a folder may import those to its left. */
const CORE_ORDER = [
  'errors',
  'pixels',
  'quality',
  'matting',
  'compose',
  'options',
  'ports',
  'channel',
  'formats',
  'models',
  'pipeline',
  'kernels',
]

function wrongInCore(imports: readonly Import[]): string[] {
  const core = join(root, 'packages/core/src')
  const rank = (path: string) => CORE_ORDER.indexOf(relative(core, path).split('/')[0] ?? '')
  return imports
    .filter(({ target, file }) => target.startsWith('.') && dirname(file) !== core)
    .filter(({ file, target }) => {
      const [from, to] = [rank(file), rank(resolve(dirname(file), target))]
      return from < 0 || to < 0 || to > from
    })
    .map(shown)
}

/** Entry points of core and their sources. */
function coreEntries(): Record<string, string> {
  const core = join(root, 'packages/core')
  const { exports } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>
  }
  return Object.fromEntries(Object.entries(exports).map(([name, paths]) => [name, join(core, paths['@koutu/source']!)]))
}

/** Files and packages that `file` needs at run time, itself among them. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached
  reached.add(file)
  const types = /^(?:import|export) type [^']*'[^']+'$/gm
  for (const [, target] of withoutComments(file)
    .replace(types, '')
    .matchAll(/\bfrom\s+'([^']+)'/g)) {
    if (target!.startsWith('.')) reachedFrom(resolve(dirname(file), target!), reached)
    else reached.add(target!)
  }
  return reached
}

describe('imports', () => {
  it('core needs zod alone, and no runtime', () => {
    const outside = importsIn('packages/core/src').filter(({ target }) => !target.startsWith('.') && target !== 'zod')
    expect(outside.map(shown)).toEqual([])
    for (const file of sources(join(root, 'packages/core/src'))) {
      expect(withoutComments(file), relative(root, file)).not.toMatch(
        /\b(process\.|Buffer\b|document\.|window\.|Date\.now|Math\.random|setTimeout|fetch\()/,
      )
    }
  })

  it('zod is imported in core so that bundlers can leave out its locales', () => {
    const lines = sources(join(root, 'packages/core/src')).flatMap(
      (file) => withoutComments(file).match(/^import .* from 'zod'$/gm) ?? [],
    )
    expect(lines.length).toBeGreaterThan(5)
    expect(new Set(lines)).toEqual(new Set(["import * as z from 'zod'", "import type * as z from 'zod'"]))
  })

  it('each folder of core is an entry point, and those without schemas reach no zod', () => {
    const entries = coreEntries()
    expect(Object.keys(entries).sort()).toEqual(
      ['.', './tensor', './zod', ...CORE_ORDER.map((folder) => `./${folder}`)].sort(),
    )
    const withZod = Object.keys(entries).filter((name) => reachedFrom(entries[name]!).has('zod'))
    expect(withZod.sort()).toEqual(['.', './models', './options', './pipeline', './zod'])
  })

  it('core names no service', () => {
    const core = join(root, 'packages/core/src')
    const naming = sources(core).filter((file) => /dreamina|remove\.?bg/i.test(withoutComments(file)))
    expect(naming.map((file) => relative(core, file))).toEqual([])
  })

  it('inside core they run leftward only', () => {
    expect(wrongInCore(importsIn('packages/core/src'))).toEqual([])
  })

  it('a wrong one is seen', () => {
    const file = join(root, 'packages/core/src/pixels/raster.ts')
    expect(wrongInCore([{ file, target: '../pipeline/pipeline.ts' }])).toHaveLength(1)
    expect(wrongInCore([{ file, target: '../errors/table.ts' }])).toHaveLength(0)
  })

  it.each([
    ['http', ['http', 'jobs', 'keys', 'limits']],
    ['intake', ['app-deps.ts', 'http', 'intake', 'jobs', 'limits', 'ports']],
    ['protocols', ['app-deps.ts', 'http', 'intake', 'jobs', 'keys', 'limits', 'pictures', 'ports', 'protocols']],
    ['jobs', ['jobs', 'db', 'pictures', 'ports']],
    ['pictures', ['jobs', 'pictures', 'ports']],
    ['keys', ['db', 'jobs', 'keys', 'ports']],
    ['limits', ['limits']],
  ])('in the server, %s knows only what lies below it', (folder, allowed) => {
    const server = join(root, 'packages/server/src')
    const local = importsIn(`packages/server/src/${folder}`).filter(({ target }) => target.startsWith('.'))
    const folderOf = ({ file, target }: Import) => relative(server, resolve(dirname(file), target)).split('/')[0]!
    const wrong = local.filter((one) => !allowed.includes(folderOf(one)))
    expect(sources(join(server, folder)).length).toBeGreaterThan(2)
    expect(wrong.map(shown)).toEqual([])
  })

  it('in the server, no protocol knows another', () => {
    const protocols = join(root, 'packages/server/src/protocols')
    const nameOf = (path: string) => relative(protocols, path).split('/').at(0)
    const folders = new Set(readdirSync(protocols).filter((name) => statSync(join(protocols, name)).isDirectory()))
    const wrong = importsIn('packages/server/src/protocols').filter(({ file, target }) => {
      const to = nameOf(resolve(dirname(file), target))
      return target.startsWith('.') && folders.has(to!) && to !== nameOf(file)
    })
    expect(folders.size).toBe(5)
    expect(wrong.map(shown)).toEqual([])
  })

  it('only the adapter of the Dreamina protocol knows its wire code, in the server', () => {
    const wrong = importsIn('packages/server/src').filter(
      ({ file, target }) =>
        target.startsWith('@koutu/dreamina') &&
        // What it adds to the options is no wire code.
        !(target === '@koutu/dreamina/options' && file.endsWith('intake/image-options.ts')) &&
        !file.startsWith(join(root, 'packages/server/src/protocols/dreamina/')),
    )
    expect(wrong.map(shown)).toEqual([])
  })

  it('one module alone loads onnxruntime, after it has turned its telemetry off', () => {
    const folders = ['packages', 'testing', 'tests', 'tests-all', 'bench/src', 'bench/server', 'tools', 'examples']
    const all = folders.flatMap((folder) => sources(join(root, folder), { tests: true }).flatMap(importsOf))
    const direct = all.filter(({ target }) => target === '@koutu/ort' || target.startsWith('onnxruntime-'))
    const files = new Set(direct.map(({ file }) => relative(root, file)))
    // In browsers it has none, and its types alone are imported; the code is a file of its own.
    expect([...files].filter((file) => !file.startsWith('packages/ort/')).sort()).toEqual([
      'packages/browser/src/engine/runtime.ts',
      'packages/node/src/engine/onnxruntime.ts',
    ])
  })

  it('folders are made by makeFolder: recursive mkdir never returns under /proc', () => {
    const isRecursive = /\bmkdir(Sync)?\((?:[^()]|\([^()]*\))*\brecursive\b/
    expect(isRecursive.test('await mkdir(dirname(path), { recursive: true })')).toBe(true)
    const wrong = ['core', 'node', 'dreamina', 'server', 'koutu']
      .flatMap((name) => sources(join(root, 'packages', name, 'src')))
      .filter((file) => isRecursive.test(withoutComments(file)))
    expect(wrong.map((file) => relative(root, file))).toEqual([])
  })

  it.each([
    ['packages/ort/src', []],
    ['packages/node/src', ['@koutu/core', '@koutu/ort']],
    ['packages/dreamina/src', ['@koutu/core']],
    ['packages/model-isnet/src', []],
    ['packages/model-isnet-fp16/src', []],
    ['packages/server/src', ['@koutu/core', '@koutu/dreamina', '@koutu/mcp']],
    ['packages/browser/src', ['@koutu/core']],
    ['packages/mcp/src', ['@koutu/core']],
    [
      'packages/koutu/src',
      [
        '@koutu/core',
        '@koutu/node',
        '@koutu/browser/assets',
        '@koutu/dreamina',
        '@koutu/server',
        '@koutu/mcp',
        '@koutu/model-isnet',
      ],
    ],
    ['testing/src', ['@koutu/core', '@koutu/node', '@koutu/dreamina', '@koutu/server']],
    ['bench/src', ['@koutu/core', '@koutu/node', '@koutu/browser', 'koutu']],
    ['apps/studio/src', ['@koutu/core', '@koutu/browser']],
  ])('%s reaches only its neighbors', (folder, allowed) => {
    const ours = importsIn(folder).filter(({ target }) => target.startsWith('@koutu/') || target === 'koutu')
    const wrong = ours.filter(({ target }) => !allowed.some((name) => target === name || target.startsWith(`${name}/`)))
    expect(wrong.map(shown)).toEqual([])
  })
})
