// Installs what koutu is measured against, from its own lockfile, apart from the workspace.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './measure/run.ts'

const FOLDER = join(ROOT, 'bench/peers')
const PACKAGES = ['@imgly/background-removal-node', 'onnxruntime-node', 'sharp'] as const

export type PeerVersions = Readonly<Record<(typeof PACKAGES)[number], string>>

export async function installPeer(env: NodeJS.ProcessEnv): Promise<PeerVersions> {
  await run('npm', ['ci'], { env, cwd: FOLDER })
  const versions = PACKAGES.map((name) => {
    const manifest = readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')
    return [name, (JSON.parse(manifest) as { version: string }).version]
  })
  return Object.fromEntries(versions) as PeerVersions
}
