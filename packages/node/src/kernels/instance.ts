// An instance of the compiled kernels and its memory: one serves one picture and is dropped, so that nothing has to be freed.

import { readFile } from 'node:fs/promises'
import type { Exports } from './exports.ts'
import { compile, Instance as WasmInstance, type WasmModule } from './webassembly.ts'

/** Made by `npm run build` from `assembly/`; beside the compiled sources, wherever this file lies itself. */
const FILE = new URL('../../dist/kernels.wasm', import.meta.url)

let compiled: Promise<WasmModule> | null = null

/** Once in a thread: mattes and PNGs share the code. Errors: of reading the file; of a runtime without WebAssembly with SIMD. */
export function compileKernels(): Promise<WasmModule> {
  compiled ??= readFile(FILE).then(compile)
  return compiled
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

export function createInstance(module: WasmModule): Instance {
  const run = new WasmInstance(module, {}).exports as unknown as Exports
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
