// The public surface of @koutu/core, by name.

export { formatColor, parseColor, type Rgba } from './compose/color.ts'
export {
  fromJSON,
  isKoutuError,
  KoutuError,
  type KoutuErrorInit,
  throwIfAborted,
  toKoutuError,
} from './errors/koutu-error.ts'
export { ERRORS, type ErrorCode, type ErrorRow } from './errors/table.ts'
export { ModelManifest } from './models/manifest.ts'
export { type OptionInfo, optionInfo } from './options/option-info.ts'
export {
  Background,
  Margin,
  Options,
  OUTPUT_FORMATS,
  type OutputFormat,
  type ResolvedOptions,
  type ResolvedRunOptions,
  RunOptions,
} from './options/options.ts'
export { invalidOptions, type OptionProblem, resolveOptions, resolveWith } from './options/resolve.ts'
export { type Box, createPlane, maxSample, type Plane, type Raster, type Size } from './pixels/raster.ts'
export type * from './ports/ports.ts'
