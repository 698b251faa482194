// `koutu browser-assets`.

import { join } from 'node:path'
import type { BrowserPrecision } from '../browser-assets/browser-models.ts'
import { assetFiles, writeAssets } from '../browser-assets/write-assets.ts'
import type { Environment } from './environment.ts'
import { formatBytes, textTable } from './text.ts'

export interface BrowserAssetsOptions {
  readonly model: readonly string[]
  readonly refiner: readonly string[]
  readonly precision: 'all' | BrowserPrecision
}

/** What follows makes it whole. */
const WITHOUT_FLOATS =
  'graphs for WebGPU were left out, since the model itself is not installed. To include them, first run:'

export async function runBrowserAssets(
  folder: string,
  { model, refiner, precision }: BrowserAssetsOptions,
  { stderr, signal, version }: Environment,
): Promise<number> {
  const precisions = precision === 'all' ? (['int8', 'fp32'] as const) : [precision]
  const request = { version, models: model, refiners: refiner, precisions }
  const manifest = await writeAssets(folder, request, { signal })
  const rows = assetFiles(manifest).map(({ name, bytes }) => [formatBytes(bytes), name])
  stderr.write(textTable(['size', 'file'], rows))
  const networks = [...manifest.models, ...(manifest.refiners ?? [])]
  for (const { id, license } of new Map(networks.map((entry) => [entry.id, entry])).values()) {
    stderr.write(`${id}: license ${license}\n`)
    const isInFloat = networks.some((one) => one.id === id && one.precision !== 'int8')
    if (!isInFloat && precisions.length > 1) stderr.write(`${id}: ${WITHOUT_FLOATS} koutu models pull ${id}\n`)
  }
  stderr.write(`${join(folder, 'manifest.json')}\n`)
  return 0
}
