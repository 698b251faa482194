// Entry point `@koutu/core/pipeline`: from bytes to a result, over ports, by name.

export type { CoarseAlpha } from './coarse.ts'
export { coarseFinder, type Finder } from './finder.ts'
export { alphaFinder, alphaOf } from './given-alpha.ts'
export { typescriptKernels } from './kernels.ts'
export { cutout, type PipelineDeps, type PipelineResult } from './pipeline.ts'
export type { EdgeRefiner, Refined } from './refine.ts'
export { edgeRefiner } from './refine-edges.ts'
export type { FoundSubject, Report, Side, SubjectReport } from './report.ts'
