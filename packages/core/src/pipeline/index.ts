// Entry point `@koutu/core/pipeline`: from bytes to a result, over ports, by name.

export { typescriptKernels } from './kernels.ts'
export { cutout, type PipelineDeps, type PipelineResult } from './pipeline.ts'
export type { FoundSubject, Report, Side, SubjectReport } from './report.ts'
