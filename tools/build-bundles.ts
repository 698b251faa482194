// Bundles what is loaded before the first image: each module costs each thread that loads it half a millisecond, and there were
// hundreds. `tsc` writes the types, and the modules of packages and commands that are not bundled.
//
// - core: three files and what they share, with the parts of zod that it uses. Most entry points only name what is in them: code that is
//   split by entry point would be in thirty files.
// - node: one file for each entry point and what they share. All files lie flat in dist, so that what is named relative to one
//   (`package-root.ts`) is so from each.
// - koutu: the command up to its first cutout, its worker thread, and the process that `--keep-warm` keeps, in place of what `tsc` has
//   made. Other commands are left in their own files.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const PACKAGES = resolve(import.meta.dirname, '../packages')
const SOURCE = '@koutu/source'

/** Core's entry points with code of their own: the process of a network and the start of a thread load no more. */
const ALONE: ReadonlySet<string> = new Set(['errors', 'channel', 'tensor', 'zod'])
/** Those without zod share one file, so that a bundler of others leaves zod out, and the rest another. */
const WITHOUT_ZOD: ReadonlySet<string> = new Set([
  'pixels',
  'quality',
  'matting',
  'compose',
  'ports',
  'formats',
  'kernels',
])

const JOINED = 'joined:'

const COMMON: BuildOptions = {
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2024',
  sourcemap: 'linked',
  logLevel: 'warning',
}

/** What a cutout of a file imports on demand. */
const OF_A_CUTOUT: ReadonlySet<string> = new Set([
  'begin',
  'main',
  'host-work',
  'cli/cutout-command',
  'write-file',
  'warm/run-warm',
  'warm/serve-warm',
])

await buildCore()
await buildNode()
await buildKoutu()

async function buildCore(): Promise<void> {
  const folder = resolve(PACKAGES, 'core')
  const entries = await entriesOf(folder)
  const options = {
    ...COMMON,
    absWorkingDir: folder,
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'shared/[hash]',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  } satisfies BuildOptions
  const joined = entries.filter(({ name }) => !ALONE.has(name))
  const files = new Map(
    Object.entries(Object.groupBy(joined, ({ name }) => (WITHOUT_ZOD.has(name) ? 'plain' : 'whole'))),
  )
  await removeScripts(resolve(folder, 'dist'), () => true)
  await build({
    ...options,
    entryPoints: [
      ...entries.filter(({ name }) => ALONE.has(name)).map(({ source }) => ({ in: source, out: outOf(source) })),
      ...[...files.keys()].map((name) => ({ in: `${JOINED}${name}`, out: `shared/${name}` })),
    ],
    plugins: [joins(files, folder)],
  })
  for (const [file, entries] of files) await writeDoors(entries, `shared/${file}.js`, options)
}

/** Writes entry points that only name what a file holds. The names are found by bundling them. */
async function writeDoors(
  entries: readonly Entry[],
  file: string,
  options: BuildOptions & { readonly absWorkingDir: string },
): Promise<void> {
  const entryPoints = entries.map(({ source }) => source)
  const { metafile } = await build({ ...options, entryPoints, metafile: true, write: false })
  const dist = resolve(options.absWorkingDir, 'dist')
  for (const [path, { entryPoint, exports }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue
    const door = resolve(options.absWorkingDir, path)
    const up = dirname(door) === dist ? '.' : '..'
    await writeFile(door, `export { ${exports.join(', ')} } from '${up}/${file}'\n`)
  }
}

/** Files with all that several entry points export. */
function joins(files: ReadonlyMap<string, readonly Entry[]>, resolveDir: string): Plugin {
  return {
    name: 'joins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^joined:/ }, ({ path }) => ({ path: path.slice(JOINED.length), namespace: 'joined' }))
      onLoad({ filter: /./, namespace: 'joined' }, ({ path }) => {
        const contents = files.get(path)!.map(({ source }) => `export * from '${source}'`)
        return { contents: contents.join('\n'), resolveDir }
      })
    },
  }
}

function outOf(source: string): string {
  return relative('src', source).replace(/\.ts$/, '')
}

async function buildNode(): Promise<void> {
  const folder = resolve(PACKAGES, 'node')
  const entries = await entriesOf(folder)
  await removeScripts(resolve(folder, 'dist'), () => true)
  await build({
    ...COMMON,
    absWorkingDir: folder,
    entryPoints: {
      ...Object.fromEntries(entries.map(({ name, source }) => [name, source])),
      'inference-process': 'src/engine/inference-process.ts',
      'decoder-worker': 'src/codec/optional/decoder-worker.ts',
    },
    outdir: 'dist',
    chunkNames: 'shared-[hash]',
    platform: 'node',
    packages: 'external',
  })
}

async function buildKoutu(): Promise<void> {
  const folder = resolve(PACKAGES, 'koutu')
  const dist = resolve(folder, 'dist')
  await removeScripts(dist, (name) => name.startsWith('shared-'))
  // What only the process that is kept needs makes no more files of what the others share.
  for (const entryPoints of [['src/start.ts', 'src/host.ts'], ['src/warm-process.ts']]) {
    await build({
      ...COMMON,
      absWorkingDir: folder,
      entryPoints,
      outdir: 'dist',
      chunkNames: 'shared-[hash]',
      platform: 'node',
      packages: 'external',
      // Modules that are imported for what they do stay, whatever package.json says.
      ignoreAnnotations: true,
      plugins: [withoutOtherCommands(resolve(folder, 'src'))],
    })
  }
}

/** Leaves all else that is imported on demand where it lies. */
function withoutOtherCommands(sources: string): Plugin {
  return {
    name: 'without-other-commands',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        const name = relative(sources, resolve(resolveDir, path)).replace(/\.ts$/, '')
        if (kind !== 'dynamic-import' || OF_A_CUTOUT.has(name)) return null
        return { path: `./${name}.js`, external: true }
      })
    },
  }
}

interface Entry {
  readonly name: string
  readonly source: string
}

/** The entry points of a package, and how it names them. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const { exports } = JSON.parse(await readFile(resolve(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>
  }
  return Object.entries(exports).map(([path, targets]) => ({
    name: path === '.' ? 'index' : path.slice(2),
    source: targets[SOURCE]!,
  }))
}

/** Names of shared files contain a hash of what they hold: earlier ones would stay. */
async function removeScripts(dist: string, isOurs: (name: string) => boolean): Promise<void> {
  const names = await readdir(dist, { recursive: true })
  for (const name of names.filter((name) => /\.js(\.map)?$/.test(name) && isOurs(name))) await rm(resolve(dist, name))
}
