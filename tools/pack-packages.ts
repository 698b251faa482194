// Packs everything that is published, as tarballs in a folder:
//   node tools/pack-packages.ts FOLDER [PACK…]     packs of onnxruntime, such as linux-x64 or wasm; all by default
// `tools/release.ts` publishes them. Packages are packed as they are, without what only this repository needs; but for @koutu/ort,
// whose packs are made here from onnxruntime-node and onnxruntime-web, and which names those in place of them.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publishedManifest, readManifest, writeManifest } from './published-manifest.ts'
import { ALL_PACKS, OPTIONAL_PACKS, stagePack } from './runtime-packs.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PACKAGES = join(ROOT, 'packages')

const [target = '', ...chosen] = process.argv.slice(2)
if (!target) throw new Error('expected a folder for the tarballs')
const packs = chosen.length > 0 ? chosen : ALL_PACKS
const staging = mkdtempSync(join(tmpdir(), 'koutu-pack-'))
try {
  mkdirSync(target, { recursive: true })
  const names = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'package.json')))
  const folders = [
    ...names.map((name) => stagePackage(name)),
    ...packs.map((pack) => stagePack(join(PACKAGES, 'ort'), pack, staging)),
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
  writeManifest(folder, publishedManifest(manifest, name === 'ort' ? OPTIONAL_PACKS : null))
  return folder
}
