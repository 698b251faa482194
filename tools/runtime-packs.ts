// The packs of onnxruntime, one for each platform, made from onnxruntime-node.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readManifest, writeManifest } from './published-manifest.ts'

/** Platforms for which onnxruntime-node has a library, and what npm needs to know to choose. */
export const PLATFORMS: Readonly<
  Record<string, { readonly os: string; readonly cpu: string; readonly libc?: string }>
> = {
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

/**
 * Makes the pack of one platform below the folder `staging`: onnxruntime-node's own code with the library of that platform, and no
 * install script. `ort` is the folder of the package that names the packs. Returns the pack's folder.
 */
export function stagePlatform(ort: string, platform: string, staging: string): string {
  const facts = PLATFORMS[platform]
  if (!facts) throw new Error(`expected one of ${Object.keys(PLATFORMS).join(', ')} but received ${platform}`)
  const { name, version, keywords, homepage, bugs, repository, author, engines, publishConfig } = readManifest(ort)
  const folder = join(staging, `ort-${platform}`)
  const from = dirname(dirname(createRequire(join(ort, 'package.json')).resolve('onnxruntime-node')))
  const library = join('bin/napi-v6', facts.os, facts.cpu)
  copyCode(join(from, 'dist'), join(folder, 'dist'))
  const binding = readFileSync(join(from, library, 'onnxruntime_binding.node'), 'latin1')
  const files = readdirSync(join(from, library))
  // Where a library lies there under two names, the binding asks for one.
  const isNeeded = (file: string) => !file.endsWith('.dylib') || binding.includes(file)
  for (const file of files.filter(isNeeded)) cpSync(join(from, library, file), join(folder, library, file))
  const { os, cpu, libc } = facts
  const runtime = readManifest(from)
  writeManifest(folder, {
    name: `${name}-${platform}`,
    version,
    description: `onnxruntime ${runtime.version} for ${platform}, as onnxruntime-node has it`,
    keywords,
    homepage,
    bugs,
    repository,
    author,
    license: 'MIT',
    engines,
    publishConfig,
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    type: 'commonjs',
    main: 'dist/index.js',
    types: 'dist/index.d.ts',
    files: ['dist', 'bin', 'NOTICE'],
    dependencies: { 'onnxruntime-common': runtime.version },
  })
  writeFileSync(join(folder, 'LICENSE'), MIT)
  cpSync(join(ort, 'NOTICE'), join(folder, 'NOTICE'))
  writeFileSync(
    join(folder, 'README.md'),
    `# ${name}-${platform}\n\nonnxruntime ${runtime.version} for ${platform}. \`${name}\` installs it where it fits; nobody needs to name it.\n`,
  )
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
