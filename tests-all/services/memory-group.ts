// A memory control group: a limit for a program and all that it starts, without swap. Both versions of the interface
// (cgroup-v1/memory.rst and cgroup-v2.rst of the Linux kernel). Making one needs root.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MemoryGroup extends Disposable {
  /** Starts a program in the group. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess
  readonly peakBytes: number
  /** Processes that the kernel ended for want of memory. */
  readonly kills: number
}

interface Interface {
  readonly root: string
  readonly limit: string
  /** Limits swap; `of` gives its value. Missing where the kernel counts no swap. */
  readonly swap: { readonly file: string; readonly of: (bytes: number) => number }
  readonly peak: string
  readonly events: string
}

const MOUNT = '/sys/fs/cgroup'
const VERSION_1: Interface = {
  root: join(MOUNT, 'memory'),
  limit: 'memory.limit_in_bytes',
  // Memory and swap together.
  swap: { file: 'memory.memsw.limit_in_bytes', of: (bytes) => bytes },
  peak: 'memory.max_usage_in_bytes',
  events: 'memory.oom_control',
}
const VERSION_2: Interface = {
  root: MOUNT,
  limit: 'memory.max',
  swap: { file: 'memory.swap.max', of: () => 0 },
  peak: 'memory.peak',
  events: 'memory.events',
}

let made = 0

/** Null where groups can be made, else the reason. */
export function whyNoMemoryGroup(): string | null {
  try {
    createMemoryGroup(2 ** 30)[Symbol.dispose]()
    return null
  } catch (error) {
    return `no memory control group can be made: ${(error as Error).message}`
  }
}

/** Errors: those of the file system where the interface is missing or this user may not use it. */
export function createMemoryGroup(bytes: number): MemoryGroup {
  const version = chooseInterface()
  const folder = join(version.root, `koutu-test-${process.pid}-${made++}`)
  mkdirSync(folder)
  const path = (file: string) => join(folder, file)
  const read = (file: string) => readFileSync(path(file), 'utf8')
  try {
    writeFileSync(path(version.limit), String(bytes))
    const { file, of } = version.swap
    if (existsSync(path(file))) writeFileSync(path(file), String(of(bytes)))
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  return {
    // The shell enters the group and becomes the program.
    spawn: (command, args, options) =>
      spawn('/bin/sh', ['-c', 'echo $$ > "$0" && exec "$@"', path('cgroup.procs'), command, ...args], options),
    get peakBytes() {
      return Number(read(version.peak))
    },
    get kills() {
      return Number(/^oom_kill (\d+)$/m.exec(read(version.events))?.[1] ?? 0)
    },
    [Symbol.dispose]() {
      removeGroup(folder)
    },
  }
}

function chooseInterface(): Interface {
  const controllers = join(MOUNT, 'cgroup.controllers')
  if (!existsSync(controllers)) return VERSION_1
  // Children have the controller only where their parent hands it on.
  writeFileSync(join(MOUNT, 'cgroup.subtree_control'), '+memory')
  return VERSION_2
}

/** Its last processes may be ending still: their ids are all that this waits for. */
function removeGroup(folder: string): void {
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(folder)
      return
    } catch (error) {
      if (tries === 50) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
}
