// Number types of the loops that two compilers read: TypeScript, and AssemblyScript, which makes WebAssembly of them. Both are
// plain numbers here; there they are machine types. See docs/architecture.md, "One source for two compilers".

/** A whole number within 32 bits. */
export type i32 = number
/** Any other number. */
export type f64 = number

/** Samples of an image of 8 or 16 bits. */
export type Samples = Uint8Array | Uint16Array
