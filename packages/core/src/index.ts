// Entry point `@koutu/core`: all subjects together. Each is an entry point of its own as well.

export * from './compose/index.ts'
export * from './errors/index.ts'
export * from './formats/index.ts'
export * from './matting/index.ts'
export * from './models/index.ts'
export { fromLevels, type NetworkOutput, networkSize, packTensor, toAlpha, toLevels } from './models/tensor.ts'
export * from './options/index.ts'
export * from './pipeline/index.ts'
export * from './pixels/index.ts'
export { type FolderFiles, makeFolder } from './ports/make-folder.ts'
export type * from './ports/ports.ts'
export * from './quality/index.ts'
