// What package.json is where a package is published: without what only this repository needs.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Texts = Readonly<Record<string, string>>
type Exports = Readonly<Record<string, string | Texts>>

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly files?: readonly string[]
  readonly scripts?: Texts
  readonly exports?: Exports
  readonly dependencies?: Texts
  readonly optionalDependencies?: Texts
  readonly [key: string]: unknown
}

/** The condition under which this repository resolves its packages to their sources, which are not published. */
const SOURCE = '@koutu/source'

/** `platforms`: of those that have a pack of onnxruntime, which take the place of onnxruntime-node and onnxruntime-web; null in all other packages. */
export function publishedManifest(manifest: Manifest, platforms: readonly string[] | null): Manifest {
  const { scripts: _, devDependencies: __, ...rest } = manifest
  const published = { ...rest, ...(rest.exports ? { exports: withoutSources(rest.exports) } : {}) }
  if (!platforms) return published
  const { 'onnxruntime-node': ___, 'onnxruntime-web': ____, ...dependencies } = manifest.dependencies ?? {}
  const packs = platforms.map((platform) => [`${manifest.name}-${platform}`, manifest.version])
  return { ...published, dependencies, optionalDependencies: Object.fromEntries(packs) }
}

function withoutSources(exports: Exports): Exports {
  const entries = Object.entries(exports).map(([path, target]) => {
    if (typeof target === 'string') return [path, target] as const
    const { [SOURCE]: _, ...conditions } = target
    return [path, conditions] as const
  })
  return Object.fromEntries(entries)
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

export function writeManifest(folder: string, manifest: Manifest): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
