// `koutu models list|pull|verify|remove|calibrate`.

import { readFile } from 'node:fs/promises'
import { CATALOG, findModel, isModelPath, type KoutuEvent, type ModelManifest, resolveOptions } from '@koutu/core'
import {
  cacheDir,
  calibrate,
  createSharpCodec,
  type ModelStatus,
  type ModelStore,
  ownRecipePath,
  readLocalModel,
  writeRecipe,
} from '@koutu/node'
import { SingleBar } from 'cli-progress'
import { openModelStore } from '../model-store.ts'
import { createSource } from '../source.ts'
import type { CutoutEnvironment } from './cutout-command.ts'
import { makePlan } from './plan.ts'
import { formatBytes, textTable } from './text.ts'

const STATE_TEXT: Readonly<Record<ModelStatus['state'], string>> = {
  ready: 'here',
  packed: 'installed',
  changed: 'here, changed',
  absent: '',
}

/** To stdout: the list is the result. */
export async function listModels({ json }: { json: boolean }, { stdout }: CutoutEnvironment): Promise<number> {
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
  stdout.write(textTable(['model', 'state', 'size', 'licence', 'commercial use', 'what for'], lines))
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
export async function pullModels(
  names: readonly string[],
  options: PullOptions,
  env: CutoutEnvironment,
): Promise<number> {
  const manifests = names.map(findModel)
  const store = openModelStore(options.offline)
  for (const manifest of manifests) {
    const { id, license } = manifest
    if (license.commercial !== 'yes') env.stderr.write(`${id}: licence ${license.id}. ${license.note}\n`)
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

/** Asks on a terminal; elsewhere nobody can answer, and the pull says which flag it wants. */
async function agrees({ id, license }: ModelManifest, env: CutoutEnvironment): Promise<boolean> {
  if (!process.stdin.isTTY || !env.stderr.isTTY) return false
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(
      `${id} is not free for commercial use (${license.url ?? license.id}). Agree? [y/N] `,
      { signal: env.signal },
    )
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

function watchPull(stderr: CutoutEnvironment['stderr']): { onEvent: (event: KoutuEvent) => void; stop: () => void } {
  let bar: SingleBar | null = null
  let phase = ''
  return {
    onEvent(event) {
      if (event.type !== 'model') return
      if (event.phase !== phase) {
        bar?.stop()
        phase = event.phase
        bar = null
        if (stderr.isTTY && event.total !== null) {
          bar = new SingleBar({
            stream: stderr as NodeJS.WriteStream,
            format: `${event.id}: ${phase} {bar} {percentage} % · {eta_formatted} left`,
            barsize: 30,
            hideCursor: true,
          })
          bar.start(event.total, event.done)
        } else stderr.write(`${event.id}: ${phase}${event.total === null ? '' : ` (${formatBytes(event.total)})`}\n`)
      }
      bar?.update(event.done)
    },
    stop() {
      bar?.stop()
      bar = null
    },
  }
}

/** 0 when every model asked for is here and whole. */
export async function verifyModels(names: readonly string[], env: CutoutEnvironment): Promise<number> {
  const store = openModelStore(true)
  const manifests = names.length > 0 ? names.map(findModel) : await present(store)
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
          `${manifest.id}: damaged ${result.path}, expected ${result.expected} but received ${result.actual}\n`,
        )
      }
    }
  }
  if (manifests.length === 0) env.stderr.write('No model is in the cache.\n')
  return bad > 0 ? 1 : 0
}

async function present(store: ModelStore): Promise<ModelManifest[]> {
  const statuses = await store.list(CATALOG)
  return CATALOG.filter((_, i) => statuses[i]!.state === 'ready' || statuses[i]!.state === 'changed')
}

export async function removeModels(names: readonly string[], env: CutoutEnvironment): Promise<number> {
  const store = openModelStore(true)
  const manifests = names.map(findModel)
  for (const manifest of manifests) {
    const freed = await store.remove(manifest)
    env.stderr.write(
      freed > 0 ? `${manifest.id}: removed, ${formatBytes(freed)} freed\n` : `${manifest.id}: nothing was cached\n`,
    )
  }
  return 0
}

/** Makes a model's int8 recipe from pictures; without `output` it goes where koutu finds it from then on. */
export async function calibrateModel(
  name: string,
  inputs: readonly string[],
  { output }: { readonly output?: string },
  env: CutoutEnvironment,
): Promise<number> {
  const options = resolveOptions({ model: name })
  const { manifest } = isModelPath(name) ? await readLocalModel(name) : { manifest: findModel(name) }
  const { jobs, missing } = await makePlan({ inputs, output: undefined, format: 'png' })
  if (missing[0]) throw missing[0].error
  const { signal } = env
  const model = await openModelStore(true).ensure(manifest, { signal })
  const codec = createSharpCodec()
  const source = createSource()
  const limits = { maxBytes: options.maxBytes, maxPixels: options.maxPixels, maxFrames: options.maxFrames }
  const bar = env.stderr.isTTY
    ? new SingleBar({
        stream: env.stderr as NodeJS.WriteStream,
        format: `${manifest.id}: {bar} {value} of {total} pictures · {eta_formatted} left`,
        barsize: 30,
      })
    : null
  bar?.start(jobs.length, 0)
  async function* pictures() {
    for (const [index, { input }] of jobs.entries()) {
      yield await codec.decode(
        await source.read(input, options, { signal }),
        { keepIcc: false, keepMetadata: false, limits },
        { signal },
      )
      bar?.update(index + 1)
    }
  }
  try {
    const recipe = await calibrate(
      {
        manifest,
        model,
        bytes: await readFile(model.path),
        pictures: pictures(),
        command: `koutu models calibrate ${manifest.id} PICTURES`,
      },
      { signal },
    )
    const path = output ?? ownRecipePath(cacheDir(), recipe.sha256)
    await writeRecipe(path, recipe)
    bar?.stop()
    env.stderr.write(`${manifest.id}: ${path}\n`)
  } finally {
    bar?.stop()
  }
  return 0
}
