// Bundles the browser's worker to one file, what it imports on demand and the threads of its own engine to others; compiles that engine, and
// puts the kernels beside them.

import { copyFile, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import asc from 'assemblyscript/asc'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const OUT = resolve(ROOT, 'packages/browser/dist/bundle')

/** zod can describe schemas as JSON, which the worker never asks for: 5 kB gzipped. */
const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/core\/(?:to-json-schema|json-schema-processors)\.js$/ }, async ({ path }) => {
      const exported = (await readFile(path, 'utf8')).matchAll(/^export (?:const|function) (\w+)/gm)
      return { contents: [...exported].map(([, name]) => `export const ${name} = () => () => {}`).join('\n') }
    })
  },
}

/** Options refer to nothing that could close a cycle, and have no emails or addresses: 5 kB gzipped. */
const withoutFormats: Plugin = {
  name: 'without-formats',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/core\/memoizer\.js$/ }, () => ({
      contents:
        'export const memoizer = () => undefined; export const isBackEdge = () => false, isRecursiveSchema = isBackEdge',
    }))
    onLoad({ filter: /zod\/v4\/classic\/schemas\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      const methods = /^ {4}\w+\(params\) \{\n {8}return this\.check\(core\._\w+\(Zod\w+.*\n {4}\},$/gm
      return { contents: contents.replace(methods, '') }
    })
    onLoad({ filter: /zod\/v4\/locales\/en\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      return {
        contents: contents.replace(/const FormatDictionary = \{[^}]*\}/, "const FormatDictionary = { regex: 'input' }"),
      }
    })
    onLoad({ filter: /zod\/v4\/core\/regexes\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      const formats =
        /^(export const (?!bigint|integer|number|boolean|lowercase|uppercase|_null|_undefined|string)\w+ = )\/.*$/gm
      return { contents: contents.replace(formats, '$1/(?!)/') }
    })
  },
}

/** zod writes code for objects where a page allows that. The worker forbids it (`jitless`): 1 kB gzipped. */
const withoutGeneratedCode: Plugin = {
  name: 'without-generated-code',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/core\/schemas\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      const generator = /^( +)const generateFastpass = [\s\S]*?^\1\};$/m
      return { contents: contents.replace(generator, 'const generateFastpass = undefined') }
    })
  },
}

/** What options are for is told by pages and commands, not by the worker: 3 kB gzipped. */
const withoutHelp: Plugin = {
  name: 'without-help',
  setup({ onLoad }) {
    onLoad({ filter: /core\/src\/options\/groups\.ts$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      const texts = /\b(?:title|help|helpOff|group|value): (?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),/g
      return { contents: contents.replace(texts, ''), loader: 'ts' }
    })
  },
}

/** Exit codes and statuses of errors are for commands and servers: 0.4 kB gzipped. */
const withoutStatuses: Plugin = {
  name: 'without-statuses',
  setup({ onLoad }) {
    onLoad({ filter: /core\/src\/errors\/table\.ts$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      return { contents: contents.replace(/\b(?:status|exit): \d+,|\bretryable: (?:true|false),/g, ''), loader: 'ts' }
    })
  },
}

const SOURCES = resolve(ROOT, 'packages/browser/src')

await build({
  entryPoints: {
    worker: resolve(SOURCES, 'worker/main.ts'),
    extras: resolve(SOURCES, 'codec/extras.ts'),
    engine: resolve(SOURCES, 'engine/open-runner.ts'),
    'integer-thread': resolve(SOURCES, 'engine/integers/thread.ts'),
  },
  outdir: OUT,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  plugins: [withoutJsonSchema, withoutFormats, withoutGeneratedCode, withoutHelp, withoutStatuses],
  conditions: ['@koutu/source'],
  logLevel: 'warning',
})
await copyFile(resolve(ROOT, 'packages/node/dist/kernels.wasm'), resolve(OUT, 'kernels.wasm'))

/** Memory is the page's, and shared by all threads: as large as a network needs. */
async function compileIntegers(name: string, products: string): Promise<void> {
  const { error, stderr } = await asc.main(
    [
      'packages/browser/assembly/index.ts',
      ...['--baseDir', ROOT, '--outFile', `packages/browser/dist/bundle/${name}`],
      ...['-O3', '--converge', '--enable', 'simd', '--enable', 'relaxed-simd', '--enable', 'threads'],
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['--runtime', 'stub', '--noAssert', '--use', 'abort='],
    ],
    {
      readFile: (file, folder) =>
        readFile(resolve(folder, file.replace(/products\.ts$/, products)), 'utf8').catch(() => null),
    },
  )
  if (!error) return
  process.stderr.write(stderr.toString())
  process.exitCode = 1
}

await compileIntegers('integers.wasm', 'products.ts')
await compileIntegers('integers-wide.wasm', 'products-wide.ts')
