// `koutu models list|pull|verify|remove`.

import { CATALOG, findModel, type KoutuEvent, type ModelManifest } from '@koutu/core'
import { cacheDir, type ModelStatus, type ModelStore } from '@koutu/node'
import type { SingleBar } from 'cli-progress'
import { openModelStore } from '../model-store.ts'
import type { Environment } from './environment.ts'
import { startBar } from './progress-bar.ts'
import { formatBytes, textTable } from './text.ts'

const STATE_TEXT: Readonly<Record<ModelStatus['state'], string>> = {
  ready: 'ready',
  packed: 'installed',
  changed: 'changed',
  absent: '',
}

export async function listModels({ json }: { json: boolean }, { stdout }: Environment): Promise<number> {
  const statuses = await openModelStore(true).list(CATALOG)
  const rows = CATALOG.map((manifest, i) => ({ manifest, status: statuses[i]! }))
  if (json) {
    for (const { manifest, status } of rows)
      stdout.write(`${JSON.stringify({ ...manifest, state: status.state, path: status.path })}\n`)
    return 0
  }
  const lines = rows.map(({ manifest, status }) => [
    manifest.id,
    STATE_TEXT[status.state],
    sizeOf(manifest),
    manifest.license.id,
    manifest.license.commercial,
    manifest.about,
  ])
  stdout.write(textTable(['model', 'state', 'size', 'license', 'commercial use', 'use'], lines))
  stdout.write(`\nCache: ${cacheDir()}\n`)
  return 0
}

function sizeOf({ sources }: ModelManifest): string {
  const bytes = sources.find((source) => source.bytes !== null)?.bytes
  return bytes ? formatBytes(bytes) : '?'
}

export interface PullOptions {
  readonly acceptLicense: boolean
  readonly offline: boolean
}

/** All names are checked before the first byte is fetched. */
export async function pullModels(names: readonly string[], options: PullOptions, env: Environment): Promise<number> {
  const manifests = names.map((name) => findModel(name))
  const store = openModelStore(options.offline)
  for (const manifest of manifests) {
    const { id, license } = manifest
    if (license.commercial !== 'yes') env.stderr.write(`${id}: license ${license.id}. ${license.note}\n`)
    const acceptLicense = options.acceptLicense || (license.commercial === 'no' && (await agrees(manifest, env)))
    const watch = watchPull(env.stderr)
    try {
      const { path } = await store.pull(manifest, { acceptLicense }, { signal: env.signal, onEvent: watch.onEvent })
      watch.stop()
      env.stderr.write(`${id}: ${path}\n`)
    } finally {
      watch.stop()
    }
  }
  return 0
}

/** Asks on a terminal. Without one, the error of the pull names the flag. */
async function agrees({ id, license }: ModelManifest, env: Environment): Promise<boolean> {
  if (!process.stdin.isTTY || !env.stderr.isTTY) return false
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(
      `The license of ${id} excludes commercial use (${license.url ?? license.id}). Accept? [y/N] `,
      { signal: env.signal },
    )
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

function watchPull(stderr: Environment['stderr']): { onEvent: (event: KoutuEvent) => void; stop: () => void } {
  let bar: SingleBar | null = null
  let phase = ''
  return {
    onEvent(event) {
      if (event.type !== 'model') return
      if (event.phase !== phase) {
        bar?.stop()
        bar = null
        phase = event.phase
        if (event.total !== null)
          bar = startBar(stderr, `${event.id}: ${phase} {bar} {percentage} % · {eta_formatted} left`, event.total)
        if (!bar) stderr.write(`${event.id}: ${phase}${event.total === null ? '' : ` (${formatBytes(event.total)})`}\n`)
      }
      bar?.update(event.done)
    },
    stop() {
      bar?.stop()
      bar = null
    },
  }
}

/** Returns 0 when every model asked for is installed and undamaged. */
export async function verifyModels(names: readonly string[], env: Environment): Promise<number> {
  const store = openModelStore(true)
  const manifests = names.length > 0 ? names.map((name) => findModel(name)) : await present(store)
  let bad = 0
  for (const manifest of manifests) {
    for (const result of await store.verify(manifest, { signal: env.signal })) {
      if (result.state === 'absent') {
        bad++
        env.stdout.write(`${manifest.id}: absent\n`)
      } else if (result.state === 'ok') env.stdout.write(`${manifest.id}: ok ${result.sha256} ${result.path}\n`)
      else {
        bad++
        env.stdout.write(
          `${manifest.id}: damaged ${result.path}: expected sha256 ${result.expected} but received ${result.actual}\n`,
        )
      }
    }
  }
  if (manifests.length === 0) env.stderr.write('No model in the cache.\n')
  return bad > 0 ? 1 : 0
}

async function present(store: ModelStore): Promise<ModelManifest[]> {
  const statuses = await store.list(CATALOG)
  return CATALOG.filter((_, i) => statuses[i]!.state === 'ready' || statuses[i]!.state === 'changed')
}

export async function removeModels(names: readonly string[], env: Environment): Promise<number> {
  const store = openModelStore(true)
  const manifests = names.map((name) => findModel(name))
  for (const manifest of manifests) {
    const freed = await store.remove(manifest)
    env.stderr.write(
      freed > 0 ? `${manifest.id}: removed, freed ${formatBytes(freed)}\n` : `${manifest.id}: not in the cache\n`,
    )
  }
  return 0
}
