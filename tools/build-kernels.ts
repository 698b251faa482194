// Compiles the kernels: packages/node/assembly and the loops of core that it imports, to one WebAssembly file.
// Core's loops are TypeScript that AssemblyScript can read after two textual changes, made here line by line, so that positions
// in messages stay right: type imports become imports, and the `!` after an index goes (nothing is undefined there).

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import asc from 'assemblyscript/asc'

const ROOT = resolve(import.meta.dirname, '..')
const ASSEMBLY = 'packages/node/assembly'

async function readSource(name: string, directory: string): Promise<string | null> {
  const text = await readFile(resolve(directory, name), 'utf8').catch(() => null)
  return text
    ? text
        // Machine types are built in.
        .replace(/^import type .* from '.*\/numbers\.ts'$/gm, '')
        .replace(/^import type /gm, 'import ')
        .replace(/\]!(?!=)/g, ']')
    : null
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
