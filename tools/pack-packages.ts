// Packs everything that is published, as tarballs in a folder:
//   node tools/pack-packages.ts FOLDER [PLATFORM…]     platforms such as linux-x64; all of them by default
// `npm publish` takes each tarball. Packages are packed as they are, but for @koutu/ort, whose platform packs are made here from
// onnxruntime-node, and which names those in place of it.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

const ROOT = resolve(import.meta.dirname, '..')
const PACKAGES = join(ROOT, 'packages')
const RUNTIME = dirname(dirname(createRequire(join(PACKAGES, 'ort/package.json')).resolve('onnxruntime-node')))

/** Platforms for which onnxruntime-node has a library, and what npm needs to know to choose. */
const PLATFORMS: Readonly<Record<string, { readonly os: string; readonly cpu: string; readonly libc?: string }>> = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'win32-x64': { os: 'win32', cpu: 'x64' },
}

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

const [target = '', ...chosen] = process.argv.slice(2)
if (!target) throw new Error('expected a folder for the tarballs')
const platforms = chosen.length > 0 ? chosen : Object.keys(PLATFORMS)
const staging = mkdtempSync(join(tmpdir(), 'koutu-pack-'))
try {
  mkdirSync(target, { recursive: true })
  const folders = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'package.json')))
  const plain = folders.filter((name) => name !== 'ort').map((name) => join(PACKAGES, name))
  pack([...plain, stageRuntime(), ...platforms.map(stagePlatform)])
} finally {
  rmSync(staging, { recursive: true })
}

function pack(folders: readonly string[]): void {
  execFileSync('npm', ['pack', '--pack-destination', resolve(target), ...folders], { cwd: ROOT, stdio: 'inherit' })
}

/** @koutu/ort without onnxruntime-node, with a pack for each platform. */
function stageRuntime(): string {
  const from = join(PACKAGES, 'ort')
  const folder = join(staging, 'ort')
  const manifest = readManifest(from)
  const { 'onnxruntime-node': _, ...dependencies } = manifest.dependencies ?? {}
  const packs = Object.keys(PLATFORMS).map((platform) => [`${manifest.name}-${platform}`, manifest.version])
  for (const name of ['dist', 'LICENSE', 'README.md']) cpSync(join(from, name), join(folder, name), { recursive: true })
  writeManifest(folder, { ...manifest, dependencies, optionalDependencies: Object.fromEntries(packs) })
  return folder
}

/** onnxruntime-node's own code with the library of one platform, and no install script. */
function stagePlatform(platform: string): string {
  const facts = PLATFORMS[platform]
  if (!facts) throw new Error(`expected one of ${Object.keys(PLATFORMS).join(', ')} but received ${platform}`)
  const { name, version, engines } = readManifest(join(PACKAGES, 'ort'))
  const folder = join(staging, `ort-${platform}`)
  const library = join('bin/napi-v6', facts.os, facts.cpu)
  copyCode(join(RUNTIME, 'dist'), join(folder, 'dist'))
  const binding = readFileSync(join(RUNTIME, library, 'onnxruntime_binding.node'), 'latin1')
  const files = readdirSync(join(RUNTIME, library))
  // Where a library lies there under two names, the binding asks for one.
  const isNeeded = (file: string) => !file.endsWith('.dylib') || binding.includes(file)
  for (const file of files.filter(isNeeded)) cpSync(join(RUNTIME, library, file), join(folder, library, file))
  const { os, cpu, libc } = facts
  const runtime = readManifest(RUNTIME)
  writeManifest(folder, {
    name: `${name}-${platform}`,
    version,
    description: `onnxruntime ${runtime.version} for ${platform}, as onnxruntime-node has it`,
    license: 'MIT',
    ...(engines ? { engines } : {}),
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    main: 'dist/index.js',
    types: 'dist/index.d.ts',
    files: ['dist', 'bin', 'LICENSE'],
    dependencies: { 'onnxruntime-common': runtime.version },
  })
  writeFileSync(join(folder, 'LICENSE'), MIT)
  return folder
}

/** Without maps, which name sources that are nowhere. */
function copyCode(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).filter((file) => !file.endsWith('.map'))) {
    const code = readFileSync(join(from, name), 'utf8')
    writeFileSync(join(to, name), code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function writeManifest(folder: string, manifest: Manifest): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
