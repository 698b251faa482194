// The public surface of @koutu/core, by name.

export { formatColor, parseColor, type Rgba } from './compose/color.ts'
export { fitPixels, mostPixels } from './compose/layout.ts'
export {
  fromJSON,
  isKoutuError,
  KoutuError,
  type KoutuErrorInit,
  throwIfAborted,
  toKoutuError,
} from './errors/koutu-error.ts'
export { ERRORS, type ErrorCode, type ErrorRow } from './errors/table.ts'
export type { ByteSource } from './formats/byte-view.ts'
export { inspectPicture } from './formats/check.ts'
export {
  cleanExif,
  cleanXmp,
  exifDensityPpi,
  exifOrientation,
  exifStatesAdobeRgb,
  stripExifPrefix,
} from './formats/exif.ts'
export type { Orientation, PictureHeader } from './formats/picture-header.ts'
export { type SniffedType, sniff } from './formats/sniff.ts'
export { automaticTrimap, type TrimapOptions } from './matting/edges/automatic-trimap.ts'
export { type GuidedFilterOptions, guidedFilter } from './matting/edges/guided-filter.ts'
export { type SolveOptions, solveMatte } from './matting/edges/solve-matte.ts'
export { estimateForeground } from './matting/foreground/estimate-foreground.ts'
export { type HintMap, spreadHints } from './matting/hints/spread-hints.ts'
export { EFFORTS, type MatteQuality, refineAlpha } from './matting/refine-alpha.ts'
export { agreeOnRegions } from './matting/regions/agree-on-regions.ts'
export { averageAgreeing } from './matting/regions/average-agreeing.ts'
export { feather } from './matting/style/feather.ts'
export { harden } from './matting/style/harden.ts'
export { removeSpecks, type SpeckOptions } from './matting/style/remove-specks.ts'
export { shiftEdge } from './matting/style/shift-edge.ts'
export { CATALOG, findModel } from './models/catalog.ts'
export { ModelInput, ModelManifest, ModelOutput, ModelSource, sourceSpec } from './models/manifest.ts'
export { QuantizationRecipe } from './models/recipe.ts'
export { isModelPath, type LocalModelOptions, localManifest, Sidecar, sidecarPaths } from './models/sidecar.ts'
export { type NetworkOutput, networkSize, packTensor, toAlpha } from './models/tensor.ts'
export { decodeOptions, describeOptions, type OptionDescriptor } from './options/describe.ts'
export { type EngineRequest, type GroupedOptions, groupOptions, type ModelChoice } from './options/grouped.ts'
export { FORMAT_FILES, OUTPUT_FORMATS, type OutputFormat } from './options/groups.ts'
export { type OptionInfo, optionInfo } from './options/option-info.ts'
export { type EngineChoice, engineOption, LOCAL_ENGINE, Options, type ResolvedOptions } from './options/options.ts'
export { invalidOptions, type OptionProblem, resolve, resolveOptions, resolveWith } from './options/resolve.ts'
export { type ResolvedRunOptions, RunOptions } from './options/run-options.ts'
export { Area, Background, Hint, Margin, Position, Region } from './options/values.ts'
export { typescriptKernels } from './pipeline/kernels.ts'
export { cutout, type PipelineDeps, type PipelineResult } from './pipeline/pipeline.ts'
export type { Report, Side, SubjectReport } from './pipeline/report.ts'
export { type Box, createPlane, maxSample, type Plane, type Raster, type Size } from './pixels/raster.ts'
export { type ResizeFilter, resizePlane } from './pixels/resize.ts'
export type * from './ports/ports.ts'
export { METRICS, type Metric, type MetricId, type Scores, scoreMatte } from './quality/score.ts'
