// Entry point `@koutu/core/matting`: functions on arrays of pixels, by name. Needs no options and no zod.

export { automaticTrimap, type TrimapOptions } from './edges/automatic-trimap.ts'
export { type GuidedFilterOptions, guidedFilter } from './edges/guided-filter.ts'
export { type SolveOptions, solveMatte } from './edges/solve-matte.ts'
export { estimateForeground } from './foreground/estimate-foreground.ts'
export { type HintMap, spreadHints } from './hints/spread-hints.ts'
export { EFFORTS, type MatteQuality, refineAlpha } from './refine-alpha.ts'
export { agreeOnRegions } from './regions/agree-on-regions.ts'
export { averageAgreeing } from './regions/average-agreeing.ts'
export { feather } from './style/feather.ts'
export { harden } from './style/harden.ts'
export { removeSpecks, type SpeckOptions } from './style/remove-specks.ts'
export { shiftEdge } from './style/shift-edge.ts'
