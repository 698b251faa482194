// The worker thread in which images are worked on, as it is started: knows nothing of what is said to it.

import { Worker } from 'node:worker_threads'

/** What decides about the thread before the first message. */
export interface ThreadSettings {
  /** Whether the first image is expected to need the network of this machine. */
  readonly startsInference: boolean
}

let early: Worker | null = null

/** For the first `startHost` of this process to find. Does not keep the process alive. */
export function startHostEarly(): void {
  early = fresh({ startsInference: true })
  // Before somebody takes it, nobody would miss it: then it is as if it had not been started.
  early.on('error', forget)
  early.unref()
}

/** A thread that is not busy, started now or earlier. */
export function startHost(settings: ThreadSettings): Worker {
  const worker = settings.startsInference && early ? early : fresh(settings)
  if (worker === early) forget()
  return worker
}

function forget(): void {
  early?.off('error', forget)
  early = null
}

function fresh(settings: ThreadSettings): Worker {
  const isSource = import.meta.url.endsWith('.ts')
  return new Worker(new URL(`./host.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    workerData: settings,
    // The program's own flags are not for this thread: some (`--input-type`) would end it. Tests run sources with theirs.
    execArgv: isSource ? process.execArgv : [],
  })
}
