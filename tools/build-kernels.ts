// Compiles the kernels: packages/node/assembly and the loops of core that it imports, to one WebAssembly file.
// Core's loops are TypeScript that AssemblyScript can read after textual changes, made here within lines, so that positions in
// messages stay right: type imports become imports, and the `!` after an index goes (nothing is undefined there).
// A file under assembly/simd is compiled in place of core's at the same path: the same functions, in vectors.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import asc from 'assemblyscript/asc'

const ROOT = resolve(import.meta.dirname, '..')
const ASSEMBLY = 'packages/node/assembly'

const CORE = resolve(ROOT, 'packages/core/src')

async function readSource(name: string, directory: string): Promise<string | null> {
  const file = resolve(directory, name)
  const inVectors = resolve(ROOT, ASSEMBLY, 'simd', relative(CORE, file))
  if (file.startsWith(CORE) && existsSync(inVectors)) {
    return `export * from '${relative(dirname(file), inVectors).replace(/\.ts$/, '')}'`
  }
  const text = await readFile(file, 'utf8').catch(() => null)
  return text ? inAssemblyScript(text) : null
}

function inAssemblyScript(text: string): string {
  return (
    text
      // Machine types are built in.
      .replace(/^import type .* from '.*\/numbers\.ts'$/gm, '')
      .replace(/^import type /gm, 'import ')
      .replace(/^import \{[^}]*\}/gm, (names) => names.replace(/\btype /g, ''))
      .replace(/\]!(?!=)/g, ']')
  )
}

asc.libraryFiles.typedarray = await readFile(resolve(ROOT, ASSEMBLY, 'lib/typedarray.ts'), 'utf8')
const { error, stderr } = await asc.main(
  [
    `${ASSEMBLY}/index.ts`,
    ...['--baseDir', ROOT, '--outFile', 'packages/node/dist/kernels.wasm'],
    ...['-O3', '--converge', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
  ],
  { readFile: readSource },
)
if (error) {
  process.stderr.write(stderr.toString())
  process.exitCode = 1
}
