// Entry point `@koutu/core/kernels`: the costly loops as WebAssembly, which an adapter reads from its file, by name.

export { enlargeRgb, LEAST_SIDE } from './enlarge-rgb.ts'
export type { After, InstancePool } from './instance-pool.ts'
export { createKernels } from './kernels.ts'
export { type LoadedKernels, loadKernels } from './load.ts'
export { createRowFilter, type RowFilter, type RowFilterSettings } from './row-filter.ts'
