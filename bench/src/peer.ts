// Installs what koutu is measured against, from its own lockfile, apart from the workspace.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './measure/run.ts'

export const PEERS: string = join(ROOT, 'bench/peers')
const PACKAGES = ['@imgly/background-removal-node', 'onnxruntime-node', 'sharp'] as const

export type PeerVersions = Readonly<Record<(typeof PACKAGES)[number], string>>

export async function installPeer(env: NodeJS.ProcessEnv): Promise<PeerVersions> {
  await run('npm', ['ci'], { env, cwd: PEERS })
  return Object.fromEntries(PACKAGES.map((name) => [name, peerVersion(name)])) as PeerVersions
}

export function peerVersion(name: string): string {
  const manifest = readFileSync(join(PEERS, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
