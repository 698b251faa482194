// The part of WebAssembly's JavaScript interface that is used here: Node's types leave it to those of the browser.

/** Compiled code, which any number of instances share. */
export interface WasmModule {
  readonly compiled: unique symbol
}

interface WebAssemblyInterface {
  compile(bytes: Uint8Array): Promise<WasmModule>
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: object }
}

export const { compile, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface })
  .WebAssembly
