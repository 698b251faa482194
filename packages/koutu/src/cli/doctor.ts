// `koutu doctor`: checks everything that a cutout needs.

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { findModel, KoutuError, makeFolder, resolveOptions } from '@koutu/core'
import {
  cacheFolder,
  createProcessorTrial,
  listOptionalDecoders,
  probeCodec,
  probeRuntime,
  tryProcessor,
} from '@koutu/node'
import { batchCapacity, describeCapacity, readMachine } from '../capacity.ts'
import { openModelStore } from '../model-store.ts'
import { listWarm } from '../warm/list-warm.ts'
import type { Environment } from './environment.ts'
import { formatBytes } from './text.ts'

interface Check {
  readonly name: string
  /** 'missing': an optional part. 'failed': koutu cannot cut out images. */
  readonly state: 'ok' | 'missing' | 'failed'
  readonly detail: string
}

/** Returns 0 when koutu can cut out images, 3 when it cannot. */
export async function runDoctor({ json }: { json: boolean }, env: Environment): Promise<number> {
  const checks = [
    await attempt('node', async () => `${process.versions.node}, ${platform()} ${arch()}`),
    await attempt('processor', describeProcessor),
    await attempt('int8', describeInt8),
    await attempt('memory', describeMemory),
    await attempt('images', probeCodec),
    await attempt('inference', probeRuntime),
    await attempt('cache', describeCache),
    await attempt('model', () => describeModel(env.signal)),
    await attempt('keep-warm', describeWarm),
    ...checkOptionalDecoders(),
  ]
  if (json) env.stdout.write(`${JSON.stringify(checks)}\n`)
  else for (const { name, state, detail } of checks) env.stdout.write(`${state.padEnd(8)}${name}: ${detail}\n`)
  return checks.some(({ state }) => state === 'failed') ? 3 : 0
}

async function attempt(
  name: string,
  work: () => Promise<string>,
  otherwise: Check['state'] = 'failed',
): Promise<Check> {
  try {
    return { name, state: 'ok', detail: await work() }
  } catch (error) {
    return {
      name,
      state: otherwise,
      detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    }
  }
}

/** Instruction sets that decide how fast networks run. Listed on Linux only. */
const FEATURES = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8', 'asimddp', 'i8mm']

async function describeProcessor(): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1]?.trim().split(/\s+/) ?? [])
  const found = FEATURES.filter((feature) => flags.has(feature))
  return `${model}, ${availableParallelism()} threads${found.length > 0 ? `, ${found.join(' ')}` : ''}`
}

async function describeMemory(): Promise<string> {
  const machine = readMachine()
  return describeCapacity(machine, batchCapacity(machine))
}

/** What the trial of the processor found, in words. */
async function describeInt8(): Promise<string> {
  const { saturates, int8Ms, fp32Ms } = await createProcessorTrial({
    cacheDir: cacheFolder().path,
    run: tryProcessor,
  })()
  const kind = saturates
    ? 'no int8 dot products, so weights are limited to 63 of 127 to keep sums exact'
    : 'int8 dot products, weights in full range'
  const ratio = fp32Ms / int8Ms
  return `${kind}; ${ratio > 1 ? `${ratio.toFixed(1)} times as fast as fp32` : 'not faster than fp32, which runs where its weights are installed'}`
}

async function describeCache(): Promise<string> {
  const { path: folder, warning } = cacheFolder()
  await makeFolder(folder, { mkdir, stat, dirname })
  const probe = join(folder, `.probe-${randomUUID()}`)
  await writeFile(probe, 'koutu')
  await rm(probe)
  const { bavail, bsize } = await statfs(folder)
  return `${folder}, ${formatBytes(bavail * bsize)} free${warning ? `. ${warning.message}` : ''}`
}

/** A line about the default model, whose files are verified. Errors: MODEL_*. */
export async function describeModel(signal: AbortSignal): Promise<string> {
  const { model } = resolveOptions({})
  const manifest = findModel(model, 'segmenter')
  const store = openModelStore(true)
  const [status] = await store.list([manifest])
  if (status?.state !== 'ready') await store.ensure(manifest, { signal })
  const files = await store.verify(manifest, { signal })
  const bad = files.find(({ state }) => state !== 'ok')
  const detail = bad?.state === 'damaged' ? `${bad.path} is damaged` : `'${model}' is not installed`
  if (bad) throw new KoutuError('MODEL_CORRUPT', { detail })
  const [first] = files as readonly { readonly path: string }[]
  return `${model}, ${files.length} files verified, ${first?.path}`
}

/** The processes that commands with `--keep-warm` have left. */
async function describeWarm(): Promise<string> {
  const found = await listWarm(cacheFolder().path)
  if (found.length === 0) return 'no network is kept loaded'
  const lines = found.map(({ pid, model, precision, memoryBytes, leftMs }) => {
    const network = model === null ? 'no network' : `${model} (${precision})`
    const until = leftMs === null ? 'and serves a command' : `for ${Math.ceil(leftMs / 1000)} s more`
    return `process ${pid} keeps ${network} in ${formatBytes(memoryBytes)} ${until}`
  })
  return lines.join('; ')
}

function checkOptionalDecoders(): Check[] {
  return listOptionalDecoders().map(({ name, packageName, isInstalled }) => ({
    name: `${name} images`,
    state: isInstalled ? 'ok' : 'missing',
    detail: isInstalled ? packageName : `not installed; run: npm install ${packageName}`,
  }))
}
