// The part of WebAssembly's JavaScript interface that is used here: Node's types leave it to those of the browser.

/** Compiled code, which any number of instances share. */
export interface WasmModule {
  readonly compiled: unique symbol
}

interface WebAssemblyInterface {
  compile(bytes: Uint8Array): Promise<WasmModule>
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: object }
}

/** Errors: of bytes that are no WebAssembly, and of a runtime that refuses it or its SIMD. */
export async function compile(bytes: Uint8Array): Promise<WasmModule> {
  return webAssembly().compile(bytes)
}

/** Errors: of a runtime that cannot reserve the address space. */
export function instantiate(module: WasmModule): object {
  return new (webAssembly().Instance)(module, {}).exports
}

function webAssembly(): WebAssemblyInterface {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyInterface }
  // `node --jitless`, for one.
  if (!WebAssembly) throw new Error('no WebAssembly in this runtime')
  return WebAssembly
}
