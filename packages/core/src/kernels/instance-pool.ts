// Instances of the compiled kernels. One works on one image at a time and is then reset and kept for the next, because fresh
// memory costs more time in page faults than the kernels' arithmetic does.

import type { Exports } from './exports.ts'
import { instantiate, type WasmModule } from './webassembly.ts'

/** A kept instance is dropped after this time without use, so that its memory can be collected. */
const IDLE_MS = 10_000
/** An instance that used more memory than this is not kept. `balanced` uses about 50 MB whatever the image's size, `best` 250 MB. */
const MAX_KEPT_BYTES = 96e6

/** Calls `work` once after `ms`, unless what it returns is called before. Keeps no program alive. */
export type After = (ms: number, work: () => void) => () => void

type Numbers = Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array

export interface Instance {
  readonly run: Exports
  /** Address of `bytes` bytes, zeros. */
  allocate(bytes: number): number
  /** Address of a copy. */
  put(data: Numbers): number
  /** Overwrites what lies at an address. */
  write(at: number, data: Numbers): void
  /** Overwrites `into` with what lies at an address. */
  read(at: number, into: Numbers): void
}

/** Of one thread. */
export interface InstancePool {
  /** The result of `work` on an instance that is exclusive to it. Addresses are valid during `work` only. */
  use<Result>(work: (instance: Instance) => Result): Result
  /** For work in several steps. Hand it back with `release`, or drop it after an error. */
  acquire(): Instance
  release(instance: Instance): void
}

export function createInstancePool(module: WasmModule, after: After): InstancePool {
  /** Its memory is all zeros. */
  let kept: Instance | null = null
  let cancelDrop = () => {}
  const drop = () => {
    cancelDrop()
    kept = null
  }
  const pool: InstancePool = {
    use(work) {
      const instance = pool.acquire()
      const result = work(instance)
      // Not after an error: what a trap leaves behind is undefined.
      pool.release(instance)
      return result
    },
    acquire() {
      const instance = kept
      drop()
      return instance ?? createInstance(module)
    },
    release(instance) {
      if (instance.run.usedBytes() > MAX_KEPT_BYTES) return
      instance.run.reset()
      drop()
      kept = instance
      cancelDrop = after(IDLE_MS, drop)
    },
  }
  return pool
}

function createInstance(module: WasmModule): Instance {
  const run = instantiate(module) as Exports
  const write = (at: number, data: Numbers): void => {
    new Uint8Array(run.memory.buffer, at, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    )
  }
  const allocate = (bytes: number) => run.allocate(bytes)
  return {
    run,
    allocate,
    write,
    read(at, into) {
      const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
      bytes.set(new Uint8Array(run.memory.buffer, at, into.byteLength))
    },
    put(data) {
      const at = allocate(data.byteLength)
      write(at, data)
      return at
    },
  }
}
