// Caches the result of the int8 trial, under a name that contains everything it depends on.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { arch, cpus } from 'node:os'
import { join } from 'node:path'
import { installedRuntime } from '@koutu/ort/candidates'
import { version as RUNTIME } from '@koutu/ort/version'
import { TRIAL_VERSION, type TrialResult } from '../engine/messages.ts'
import { writeAtomic } from './files.ts'

export interface ProcessorTrialDeps {
  readonly cacheDir: string
  readonly run: () => Promise<TrialResult>
}

/** The result for this machine: as remembered, else tried now. Calls at the same time share one trial. */
export function createProcessorTrial({ cacheDir, run }: ProcessorTrialDeps): () => Promise<TrialResult> {
  const facts = JSON.stringify([cpus()[0]?.model, cpus().length, arch(), RUNTIME, installedRuntime(), TRIAL_VERSION])
  const path = join(cacheDir, `processor-${createHash('sha256').update(facts).digest('hex').slice(0, 24)}.json`)
  let known: Promise<TrialResult> | null = null
  const find = async (): Promise<TrialResult> => {
    const remembered = await readResult(path)
    if (remembered) return remembered
    const result = await run()
    // A cache that cannot be written costs a trial at each start, no image.
    await writeAtomic(path, [Buffer.from(`${JSON.stringify(result)}\n`)]).catch(() => {})
    return result
  }
  return () => {
    known ??= find().catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }
}

async function readResult(path: string): Promise<TrialResult | null> {
  try {
    const { saturates, int8Ms, fp32Ms } = JSON.parse(await readFile(path, 'utf8')) as Partial<TrialResult>
    if (typeof saturates !== 'boolean' || typeof int8Ms !== 'number' || typeof fp32Ms !== 'number') return null
    return { saturates, int8Ms, fp32Ms }
  } catch {
    return null
  }
}
