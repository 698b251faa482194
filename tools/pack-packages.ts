// Packs everything that is published, as tarballs in a folder:
//   node tools/pack-packages.ts FOLDER [PLATFORM…]     platforms such as linux-x64; all of them by default
// `tools/release.ts` publishes them. Packages are packed as they are, without what only this repository needs; but for @koutu/ort,
// whose platform packs are made here from onnxruntime-node, and which names those in place of it.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publishedManifest, readManifest, writeManifest } from './published-manifest.ts'
import { PLATFORMS, stagePlatform } from './runtime-packs.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PACKAGES = join(ROOT, 'packages')

const [target = '', ...chosen] = process.argv.slice(2)
if (!target) throw new Error('expected a folder for the tarballs')
const platforms = chosen.length > 0 ? chosen : Object.keys(PLATFORMS)
const staging = mkdtempSync(join(tmpdir(), 'koutu-pack-'))
try {
  mkdirSync(target, { recursive: true })
  const names = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'package.json')))
  const folders = [
    ...names.map((name) => stagePackage(name)),
    ...platforms.map((platform) => stagePlatform(join(PACKAGES, 'ort'), platform, staging)),
  ]
  execFileSync('npm', ['pack', '--pack-destination', resolve(target), ...folders], { cwd: ROOT, stdio: 'inherit' })
} finally {
  rmSync(staging, { recursive: true })
}

/** A package's published files with its published manifest. */
function stagePackage(name: string): string {
  const from = join(PACKAGES, name)
  const folder = join(staging, name)
  const manifest = readManifest(from)
  if (manifest.scripts?.prepack) execFileSync('npm', ['run', '-s', 'prepack'], { cwd: from, stdio: 'inherit' })
  const files = [...(manifest.files ?? []).filter((file) => !file.startsWith('!')), 'LICENSE', 'README.md']
  for (const file of files) cpSync(join(from, file), join(folder, file), { recursive: true })
  writeManifest(folder, publishedManifest(manifest, name === 'ort' ? Object.keys(PLATFORMS) : null))
  return folder
}
