// The costly loops of a matte in AssemblyScript, compiled to WebAssembly: core's functions of the same names are the
// reference, and say where each comes from. Planes are addresses; an instance serves one picture and is dropped with its memory.

export { allocate } from './memory'
export { refineAlpha } from './refine'
