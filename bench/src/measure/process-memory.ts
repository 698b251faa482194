// Memory of a process and of all it started, read from /proc while it runs. Linux only. Knows nothing of images.
//
// Two peaks, because neither alone is fair: `hwmMib` adds up what the kernel remembers as the highest resident set of
// each process (VmHWM). It misses nothing, but counts shared pages once for each process and peaks that were never at
// the same time. `pssMib` is the highest sum, at one moment, of proportional sets (each shared page counted once), as
// sampled; it can miss a short peak between two samples.

import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface PeakMemory {
  readonly hwmMib: number
  readonly pssMib: number
  readonly processes: number
}

/** One look at a tree: resident set of the first process and of all below it. */
export interface ResidentMemory {
  readonly rootMib: number
  readonly childrenMib: number
}

export const canReadMemory: boolean = existsSync('/proc/self/smaps_rollup')

const MIB_IN_KIB = 1024

/** The process and all its living descendants. A process that has gone has none. */
export function processTree(pid: number): number[] {
  const tree = [pid]
  for (const parent of tree) {
    for (const thread of list(`/proc/${parent}/task`)) {
      // Children belong to the thread that started them.
      const children = read(`/proc/${parent}/task/${thread}/children`)
      for (const child of children.split(' ')) if (child !== '') tree.push(Number(child))
    }
  }
  return tree
}

export function residentMemory(pid: number): ResidentMemory {
  const [root = 0, ...children] = processTree(pid).map((one) => kib(read(`/proc/${one}/status`), 'VmRSS') ?? 0)
  return {
    rootMib: root / MIB_IN_KIB,
    childrenMib: children.reduce((sum, value) => sum + value, 0) / MIB_IN_KIB,
  }
}

/** Looks at the tree every `intervalMs` until it is stopped. */
export function watchPeak(pid: number, intervalMs = 20): { stop(): PeakMemory } {
  /** The last reading of each process: it only grows, but starts anew when a forked copy becomes another program. */
  const hwmKib = new Map<number, number>()
  let pssKib = 0
  const look = () => {
    let sum = 0
    for (const one of processTree(pid)) {
      const hwm = kib(read(`/proc/${one}/status`), 'VmHWM')
      // An ending process has given its memory back already: what was read before stays.
      if (hwm !== null) hwmKib.set(one, hwm)
      sum += kib(read(`/proc/${one}/smaps_rollup`), 'Pss') ?? 0
    }
    pssKib = Math.max(pssKib, sum)
  }
  look()
  const timer = setInterval(look, intervalMs)
  return {
    stop() {
      clearInterval(timer)
      look()
      const hwm = [...hwmKib.values()].reduce((sum, value) => sum + value, 0)
      return { hwmMib: hwm / MIB_IN_KIB, pssMib: pssKib / MIB_IN_KIB, processes: hwmKib.size }
    },
  }
}

/** What the system could still give to programs; null where it does not tell. */
export function availableMib(): number | null {
  const available = kib(read('/proc/meminfo'), 'MemAvailable')
  return available === null ? null : available / MIB_IN_KIB
}

function kib(text: string, field: string): number | null {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)
  return match ? Number(match[1]) : null
}

/** Empty where the process has gone since. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
