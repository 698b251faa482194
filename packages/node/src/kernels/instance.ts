// Instances of the compiled kernels. One works on one image at a time and is then reset and kept for the next, because fresh
// memory costs more time in page faults than the kernels' arithmetic does.

import { readFile } from 'node:fs/promises'
import type { Exports } from './exports.ts'
import { compile, instantiate, type WasmModule } from './webassembly.ts'

/** Made by `npm run build` from `assembly/`; beside the compiled sources, wherever this file lies itself. */
const FILE = new URL('../../dist/kernels.wasm', import.meta.url)
/** A kept instance is dropped after this time without use, so that its memory can be collected. */
const IDLE_MS = 10_000
/** An instance that used more memory than this is not kept. `balanced` uses up to 60 MB whatever the image's size, `best` 200 MB. */
const MAX_KEPT_BYTES = 96e6

/** The compiled kernels, or why there are none: the file is missing or damaged, or the runtime refuses WebAssembly or its SIMD. */
export type LoadedKernels =
  | { readonly module: WasmModule }
  | { readonly module: null /** Names no path. */; readonly reason: string }

let loaded: Promise<LoadedKernels> | null = null

/** Loads once per thread. Never rejects. */
export function loadKernels(): Promise<LoadedKernels> {
  loaded ??= loadKernelsFrom(FILE)
  return loaded
}

export async function loadKernelsFrom(file: URL): Promise<LoadedKernels> {
  try {
    const module = await compile(await readFile(file))
    // A runtime that cannot give it memory says so now, not in the middle of an image.
    createInstance(module)
    return { module }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { module: null, reason: code ?? message }
  }
}

type Numbers = Uint8Array | Uint16Array | Int32Array | Float32Array

export interface Instance {
  readonly run: Exports
  /** Address of `bytes` bytes, zeros. */
  room(bytes: number): number
  /** Address of a copy. */
  put(data: Numbers): number
  /** Overwrites what lies at an address. */
  write(at: number, data: Numbers): void
  /** Overwrites `into` with what lies at an address. */
  read(at: number, into: Numbers): void
}

/** The kept instance of this thread, its memory all zeros. */
let kept: { readonly module: WasmModule; readonly instance: Instance } | null = null
let idleTimer: NodeJS.Timeout | null = null

/** The result of `work` on an instance that nobody else uses meanwhile. Addresses are valid during `work` only. */
export function withInstance<Result>(module: WasmModule, work: (instance: Instance) => Result): Result {
  const instance = acquireInstance(module)
  const result = work(instance)
  // Not after an error: what a trap leaves behind is undefined.
  releaseInstance(module, instance)
  return result
}

/** For work in several steps. Hand it back with `releaseInstance`, or drop it after an error. */
export function acquireInstance(module: WasmModule): Instance {
  const instance = kept?.module === module ? kept.instance : null
  dropKeptInstance()
  return instance ?? createInstance(module)
}

export function releaseInstance(module: WasmModule, instance: Instance): void {
  if (instance.run.usedBytes() > MAX_KEPT_BYTES) return
  instance.run.reset()
  dropKeptInstance()
  kept = { module, instance }
  idleTimer = setTimeout(dropKeptInstance, IDLE_MS).unref()
}

function dropKeptInstance(): void {
  if (idleTimer) clearTimeout(idleTimer)
  idleTimer = null
  kept = null
}

function createInstance(module: WasmModule): Instance {
  const run = instantiate(module) as Exports
  const write = (at: number, data: Numbers): void => {
    new Uint8Array(run.memory.buffer, at, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    )
  }
  const room = (bytes: number) => run.allocate(bytes)
  return {
    run,
    room,
    write,
    read(at, into) {
      const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
      bytes.set(new Uint8Array(run.memory.buffer, at, into.byteLength))
    },
    put(data) {
      const at = room(data.byteLength)
      write(at, data)
      return at
    },
  }
}
