// How much may run at once on this machine, chosen from memory as from processors. Options that are set win over it.

import { availableParallelism } from 'node:os'
import { readMemory } from '@koutu/node/memory'

export interface Machine {
  /** Memory that this process and its children may use: of the container where it has a limit, else of the machine. */
  readonly memoryBytes: number
  readonly isLimited: boolean
  readonly processors: number
}

export interface Capacity {
  /** Images in progress. */
  readonly jobs: number
  /** Networks loaded at once, each in a process of its own. */
  readonly networks: number
  /** Memory for images in progress, beside network and database. */
  readonly decodeBytes: number
}

export interface ServerCapacity extends Capacity {
  /** Whether there is memory for one more network, on all processors, for an image that is alone. */
  readonly soloNetwork: boolean
}

/** The network's process, the program's own code, and one 12-megapixel photo take 384 MB together; 0.4 GB is one share. */
const SHARE_BYTES = 400e6
/** What a server's database, its own code and the runner's code take beyond that. */
export const SERVER_BYTES = 200e6
const MAX_JOBS = 4
const MAX_NETWORKS = 2
/** Keeps the process that works on images below 1.5 GB. */
const MAX_DECODE_BYTES = 1.4e9

export function readMachine(): Machine {
  const { bytes, isLimited } = readMemory()
  return { memoryBytes: bytes, isLimited, processors: availableParallelism() }
}

/** `jobs`: set by an option, or undefined to choose. */
export function batchCapacity(machine: Machine, jobs?: number): Capacity {
  return shared(machine.memoryBytes, machine, jobs)
}

export function serverCapacity(machine: Machine, jobs?: number): ServerCapacity {
  const bytes = machine.memoryBytes - SERVER_BYTES
  const withSolo = shared(bytes - SHARE_BYTES, machine, jobs)
  const soloNetwork = withSolo.networks > 1
  return { ...(soloNetwork ? withSolo : shared(bytes, machine, jobs)), soloNetwork }
}

/** A second network takes a share that two more images would take. */
function shared(bytes: number, { processors }: Machine, given: number | undefined): Capacity {
  const shares = Math.max(1, Math.floor(bytes / SHARE_BYTES))
  const jobs = given ?? Math.min(MAX_JOBS, shares)
  const networks = shares > MAX_JOBS ? Math.max(1, Math.min(MAX_NETWORKS, processors, Math.ceil(jobs / 2))) : 1
  return {
    jobs,
    networks,
    decodeBytes: Math.min(MAX_DECODE_BYTES, Math.max(SHARE_BYTES, bytes - networks * SHARE_BYTES)),
  }
}

/** One line for people. */
export function describeCapacity({ memoryBytes, isLimited }: Machine, { jobs, networks }: Capacity): string {
  const memory = `${Math.round(memoryBytes / 2 ** 20)} MB of memory${isLimited ? ' (limited)' : ''}`
  return `${memory}: ${count(jobs, 'image')} at a time, ${count(networks, 'network')}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
