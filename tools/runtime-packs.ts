// The packs of onnxruntime, one for each platform: with a library of onnxruntime-node, or where that has none, leading to the pack
// of onnxruntime-web's WebAssembly.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readManifest, writeManifest } from './published-manifest.ts'

/** Platforms for which onnxruntime-node has a library, and what npm needs to know to choose. */
const PLATFORMS: Readonly<Record<string, { readonly os: string; readonly cpu: string; readonly libc?: string }>> = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'win32-x64': { os: 'win32', cpu: 'x64' },
}

/** Platforms without a library. */
const WASM_PLATFORMS: Readonly<Record<string, { readonly os: string; readonly cpu: string; readonly libc?: string }>> =
  {
    'linuxmusl-x64': { os: 'linux', cpu: 'x64', libc: 'musl' },
    'linuxmusl-arm64': { os: 'linux', cpu: 'arm64', libc: 'musl' },
    'darwin-x64': { os: 'darwin', cpu: 'x64' },
    'win32-arm64': { os: 'win32', cpu: 'arm64' },
  }

/** What the package that names the packs installs where it fits. */
export const OPTIONAL_PACKS: readonly string[] = [...Object.keys(PLATFORMS), ...Object.keys(WASM_PLATFORMS)]
export const ALL_PACKS: readonly string[] = [...OPTIONAL_PACKS, 'wasm']

/** onnxruntime's license; its npm package has none of its own. */
const MIT = `MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

/**
 * Makes one pack below the folder `staging`, without install script. `ort` is the folder of the package that names the packs. Returns
 * the pack's folder.
 */
export function stagePack(ort: string, pack: string, staging: string): string {
  const folder = join(staging, `ort-${pack}`)
  const native = PLATFORMS[pack]
  const wasm = WASM_PLATFORMS[pack]
  if (native) {
    stageLibrary(ort, folder, native)
    describePack(
      ort,
      pack,
      folder,
      { ...COMMONJS, ...limitsOf(native) },
      `onnxruntime for ${pack}, as onnxruntime-node has it`,
    )
  } else if (wasm) {
    const name = `${readManifest(ort).name}-wasm`
    stageLink(folder, name)
    const dependencies = { [name]: readManifest(ort).version }
    const about = `onnxruntime for ${pack}: WebAssembly, since there is no library`
    describePack(ort, pack, folder, { ...MODULE, ...limitsOf(wasm), dependencies }, about)
  } else if (pack === 'wasm') {
    stageWasm(ort, folder)
    describePack(ort, pack, folder, MODULE, 'onnxruntime as WebAssembly, as onnxruntime-web has it')
  } else throw new Error(`expected one of ${ALL_PACKS.join(', ')} but received ${pack}`)
  return folder
}

const COMMON = 'onnxruntime-common'
const COMMONJS = { type: 'commonjs', main: 'dist/index.js', types: 'dist/index.d.ts' }
const MODULE = { type: 'module', exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } }

function limitsOf({ os, cpu, libc }: (typeof PLATFORMS)[string]): object {
  return { os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) }
}

/** onnxruntime-node's own code with the library of one platform. */
function stageLibrary(ort: string, folder: string, { os, cpu }: (typeof PLATFORMS)[string]): void {
  const from = installed(ort, 'onnxruntime-node')
  const library = join('bin/napi-v6', os, cpu)
  copyCode(join(from, 'dist'), join(folder, 'dist'))
  const binding = readFileSync(join(from, library, 'onnxruntime_binding.node'), 'latin1')
  const files = readdirSync(join(from, library))
  // Where a library lies there under two names, the binding asks for one.
  const isNeeded = (file: string) => !file.endsWith('.dylib') || binding.includes(file)
  for (const file of files.filter(isNeeded)) cpSync(join(from, library, file), join(folder, library, file))
}

/** onnxruntime-web's code for Node, and the WebAssembly that it loads from beside it. */
function stageWasm(ort: string, folder: string): void {
  const from = join(installed(ort, 'onnxruntime-web'), 'dist')
  stageLink(folder, './ort.node.min.mjs')
  for (const file of ['ort.node.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])
    cpSync(join(from, file), join(folder, 'dist', file))
}

function stageLink(folder: string, target: string): void {
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'dist/index.js'), `export * from '${target}'\n`)
  writeFileSync(join(folder, 'dist/index.d.ts'), `export * from '${COMMON}'\n`)
}

function installed(ort: string, name: string): string {
  return dirname(dirname(createRequire(join(ort, 'package.json')).resolve(name)))
}

function describePack(ort: string, pack: string, folder: string, own: object, about: string): void {
  const { name, version, keywords, homepage, bugs, repository, author, engines, publishConfig, dependencies } =
    readManifest(ort)
  const common = { [COMMON]: dependencies?.[COMMON] ?? '' }
  const { dependencies: more = {}, ...rest } = own as { dependencies?: object }
  writeManifest(folder, {
    name: `${name}-${pack}`,
    version,
    description: about,
    keywords,
    homepage,
    bugs,
    repository,
    author,
    license: 'MIT',
    engines,
    publishConfig,
    ...rest,
    files: ['dist', 'bin', 'NOTICE'],
    dependencies: { ...common, ...more },
  })
  writeFileSync(join(folder, 'LICENSE'), MIT)
  cpSync(join(ort, 'NOTICE'), join(folder, 'NOTICE'))
  writeFileSync(join(folder, 'README.md'), `# ${name}-${pack}\n\n${about}. \`${name}\` installs it where it fits.\n`)
}

/** Without maps, which name sources that are nowhere. */
function copyCode(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).filter((file) => !file.endsWith('.map'))) {
    const code = readFileSync(join(from, name), 'utf8')
    writeFileSync(join(to, name), code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  }
}
