// The worker thread in which images are worked on, as it is started: knows nothing of what is said to it.

import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { KoutuError } from '@koutu/core/errors'
import type { LentInference } from '@koutu/node/lent-inference'

/** What decides about the thread before the first message. */
export interface ThreadSettings {
  /** Whether the first image is expected to need the network of this machine. */
  readonly startsInference: boolean
}

/** What the thread is started with. `lent`: a process that is starting already. */
export interface ThreadData extends ThreadSettings {
  readonly lent?: LentInference
}

let early: Worker | null = null

/** For the first `startHost` of this process to find. Does not keep the process alive. */
export function startHostEarly(lent: LentInference): void {
  early = fresh({ startsInference: true, lent })
  // A failure before it is used does not matter: it counts as not started.
  early.on('error', forget)
  early.unref()
}

/** A thread that is not busy, started now or earlier. Errors: ENGINE_UNAVAILABLE. */
export function startHost(settings: ThreadSettings): Worker {
  const worker = settings.startsInference && early ? early : fresh(settings)
  if (worker === early) forget()
  return worker
}

function forget(): void {
  early?.off('error', forget)
  early = null
}

function fresh(data: ThreadData): Worker {
  const isSource = import.meta.url.endsWith('.ts')
  const entry = new URL(`./host.${isSource ? 'ts' : 'js'}`, import.meta.url)
  checkPlace(entry)
  return new Worker(entry, {
    workerData: data,
    transferList: data.lent ? [data.lent.port] : [],
    // The program's own flags are not for this thread: some (`--input-type`) would end it. Tests run sources with theirs.
    execArgv: isSource ? process.execArgv : [],
  })
}

/** What koutu asks of Node's permission model, and the flags that give it. */
const RIGHTS: readonly (readonly [string, string])[] = [
  ['worker', '--allow-worker'],
  ['child', '--allow-child-process'],
  ['addon', '--allow-addons'],
]

/** Says what is wrong where a thread could not start, in place of what Node would say of it. */
function checkPlace(entry: URL): void {
  // Absent where the permission model is off.
  const permission = process.permission as typeof process.permission | undefined
  const lacking = RIGHTS.filter(([right]) => permission?.has(right) === false).map(([, flag]) => flag)
  if (lacking.length > 0) {
    const detail = `Node's permission model withholds what it needs; add ${lacking.join(' ')}`
    throw new KoutuError('ENGINE_UNAVAILABLE', { detail })
  }
  if (!existsSync(entry)) {
    const detail = 'the code of its thread is not beside it; keep koutu external to the bundle'
    throw new KoutuError('ENGINE_UNAVAILABLE', { detail })
  }
}
