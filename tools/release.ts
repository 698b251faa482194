// Makes a release in out/release: tarballs, bundles for hosts of assistants, the checksums of both, and a bill of materials of what
// they install.
//   node tools/release.ts              checks everything and publishes nothing
//   node tools/release.ts --publish    publishes too, with provenance: in CI of the repository, at the tag of the version

import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { refusedLicenses } from './licenses.ts'
import { readTarballs, startRegistry, type Tarball } from './local-registry.ts'
import { readManifest } from './published-manifest.ts'

const ROOT = resolve(import.meta.dirname, '..')
const OUT = join(ROOT, 'out/release')
const TARBALLS = join(OUT, 'tarballs')
const BUNDLES = join(OUT, 'bundles')
const isPublished = process.argv.includes('--publish')
const { version } = readManifest(join(ROOT, 'packages/koutu'))

if (isPublished) checkPlace()
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
execFileSync(process.execPath, [join(ROOT, 'tools/pack-packages.ts'), TARBALLS], { cwd: ROOT, stdio: 'inherit' })
const tarballs = inOrder(await readTarballs(TARBALLS))
await writeBill(tarballs)
execFileSync(process.execPath, [join(ROOT, 'tools/mcp-bundles.ts'), TARBALLS, BUNDLES], { cwd: ROOT, stdio: 'inherit' })
const bundles = readdirSync(BUNDLES).filter((name) => name.endsWith('.mcpb'))
const files = [...tarballs.map(({ path }) => path), ...bundles.map((name) => join(BUNDLES, name))]
const sums = files.map((path) => `${sha256(path)}  ${basename(path)}\n`)
writeFileSync(join(OUT, 'SHA256SUMS'), sums.join(''))
for (const { path, manifest } of tarballs) {
  console.log(`${isPublished ? 'Publishing' : 'Would publish'} ${manifest.name}@${manifest.version}`)
  if (isPublished) execFileSync('npm', ['publish', path, '--access', 'public', '--provenance'], { stdio: 'inherit' })
}

/** What is published is what is committed, in the repository that the packages name. */
function checkPlace(): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  const { repository } = readManifest(join(ROOT, 'packages/koutu')) as { repository?: { url: string } }
  const plain = (url: string) =>
    url
      .replace(/^git\+/, '')
      .replace(/^git@([^:]+):/, 'https://$1/')
      .replace(/\.git$/, '')
  const problems = [
    git('status', '--porcelain') !== '' && 'the working tree has changes',
    !git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`) && `HEAD is not tagged v${version}`,
    plain(git('remote', 'get-url', 'origin')) !== plain(repository?.url ?? '') &&
      `origin is not ${repository?.url}, which the packages name`,
  ].filter((problem) => problem !== false)
  if (problems.length > 0) throw new Error(`not published: ${problems.join('; ')}`)
}

/** Dependencies before those who need them, so that no version can be installed before it works. */
function inOrder(all: readonly Tarball[]): Tarball[] {
  const left = new Map(all.map((tarball) => [tarball.manifest.name, tarball]))
  const ordered: Tarball[] = []
  const visit = (tarball: Tarball) => {
    if (!left.delete(tarball.manifest.name)) return
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = tarball.manifest
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const needed = left.get(name)
      if (needed) visit(needed)
    }
    ordered.push(tarball)
  }
  for (const tarball of all) visit(tarball)
  return ordered
}

/** Installs what is published, and writes what that brings. Refuses licenses that are not allowed. */
async function writeBill(tarballs: readonly Tarball[]): Promise<void> {
  const elsewhere = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const registry = await startRegistry(tarballs, elsewhere)
  const project = mkdtempSync(join(tmpdir(), 'koutu-release-'))
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'koutu-release', version, private: true }))
    writeFileSync(join(project, '.npmrc'), `registry=${registry.url}\n`)
    await npm(['install', 'koutu', '@koutu/server', '@koutu/browser'], project)
    const refused = refusedLicenses(project)
    if (refused.length > 0) throw new Error(`licenses that are not allowed:\n${refused.join('\n')}`)
    const bill = JSON.parse(await npm(['sbom', '--sbom-format', 'cyclonedx'], project)) as Bill
    for (const component of bill.components) {
      // Where this machine happened to get it from.
      component.externalReferences = component.externalReferences?.filter(({ type }) => type !== 'distribution')
    }
    writeFileSync(join(OUT, `koutu-${version}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`)
    console.log(`${bill.components.length} packages installed, all with allowed licenses`)
  } finally {
    rmSync(project, { recursive: true })
    await registry.close()
  }
}

interface Bill {
  readonly components: { externalReferences?: { readonly type: string }[] | undefined }[]
}

/** Not in one step, because the registry is served by this process. */
function npm(args: readonly string[], cwd: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  execFile('npm', args, { cwd, maxBuffer: 64 * 2 ** 20 }, (error, stdout) => (error ? reject(error) : resolve(stdout)))
  return promise
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
