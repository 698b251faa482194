// What npm shows of each package, and what it needs to publish it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Manifest, publishedManifest, readManifest } from '../tools/published-manifest.ts'

const root = join(import.meta.dirname, '..')
const { author, bugs, homepage, repository } = readManifest(root) as Manifest & { repository: object }
const FOLDERS = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'src')))
const { version } = readManifest(join(root, 'packages/koutu'))

describe.each(FOLDERS)('packages/%s', (name) => {
  const folder = join(root, 'packages', name)
  const manifest = readManifest(folder)

  it('says whose it is, where it is kept, and that it is public', () => {
    expect(manifest).toMatchObject({
      version,
      author,
      bugs,
      homepage,
      repository: { ...repository, directory: `packages/${name}` },
      publishConfig: { access: 'public', provenance: true },
    })
    expect((manifest.keywords as string[]).length).toBeGreaterThanOrEqual(3)
    expect(String(manifest.description)).toMatch(/^\S.{19,119}$/)
  })

  it('has a README, the license and the notice', () => {
    const read = (path: string) => readFileSync(path, 'utf8')
    expect(read(join(folder, 'README.md'))).toMatch(/^# \S+\n\n\S/)
    for (const file of ['LICENSE', 'NOTICE']) expect(read(join(folder, file))).toBe(read(join(root, file)))
    expect(manifest.files).toContain('NOTICE')
  })

  it('is published without its sources, scripts and development dependencies', () => {
    const published = publishedManifest(manifest, null)
    expect(JSON.stringify(published)).not.toContain('@koutu/source')
    expect(published).not.toHaveProperty('scripts')
    expect(published).not.toHaveProperty('devDependencies')
    expect(Object.keys(published.exports ?? {})).toEqual(Object.keys(manifest.exports ?? {}))
  })
})

it('@koutu/ort is published with one pack for each platform in place of onnxruntime-node', () => {
  const manifest = readManifest(join(root, 'packages/ort'))
  expect(manifest.dependencies).toHaveProperty('onnxruntime-node')
  const { dependencies, optionalDependencies } = publishedManifest(manifest, ['linux-x64', 'darwin-arm64'])
  expect(dependencies).toEqual({ 'onnxruntime-common': '1.30.0' })
  expect(optionalDependencies).toEqual({ '@koutu/ort-linux-x64': version, '@koutu/ort-darwin-arm64': version })
})

it('server.json names the package and version that are published', () => {
  const entry = JSON.parse(readFileSync(join(root, 'packages/koutu/server.json'), 'utf8'))
  const { name, mcpName } = readManifest(join(root, 'packages/koutu'))
  expect(entry).toMatchObject({ name: mcpName, version, repository: { subfolder: 'packages/koutu' } })
  expect(entry.packages).toEqual([expect.objectContaining({ registryType: 'npm', identifier: name, version })])
  expect(entry.description.length).toBeLessThanOrEqual(100)
})
