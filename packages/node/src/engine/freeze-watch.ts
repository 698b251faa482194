// Whether a process is frozen, told by the processor time that it uses: one that runs a network answers nothing until it has
// ended, but it computes. Linux only; elsewhere nothing is noticed.

import { readFileSync } from 'node:fs'

export interface ProcessState {
  /** Of its main thread, as in `ps`: R runs or waits for a processor, D waits for a disk, S sleeps, T is stopped. */
  readonly state: string
  /** Of all its threads. */
  readonly cpuTicks: number
}

export interface FreezeWatchSettings {
  /** Null where it cannot be told. */
  readonly read: () => ProcessState | null
  /** Called once. */
  readonly onFreeze: () => void
}

export interface FreezeWatch {
  /** It is looked at from now on. */
  start(): void
  stop(): void
}

export const FREEZE_INTERVAL_MS = 5_000
/** A minute. Looks are counted, not time: after the machine has slept, the process gets its chance, too. */
const MAX_STILL = 12
/** These wait for something that others keep them from. */
const WAITING: ReadonlySet<string> = new Set(['R', 'D'])

export function createFreezeWatch({ read, onFreeze }: FreezeWatchSettings): FreezeWatch {
  let timer: NodeJS.Timeout | undefined
  let last: ProcessState | null = null
  let still = 0
  const look = (): void => {
    const now = read()
    const isStill = now !== null && now.cpuTicks === last?.cpuTicks && !WAITING.has(now.state)
    last = now
    still = isStill ? still + 1 : 0
    if (still < MAX_STILL) return
    clearInterval(timer)
    onFreeze()
  }
  return {
    start() {
      clearInterval(timer)
      still = 0
      timer = setInterval(look, FREEZE_INTERVAL_MS)
      timer.unref()
    },
    stop: () => clearInterval(timer),
  }
}

export function readProcessState(pid: number | undefined): ProcessState | null {
  if (process.platform !== 'linux' || pid === undefined) return null
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name before may hold anything, brackets too (proc_pid_stat(5)).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, cpuTicks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return null
  }
}
