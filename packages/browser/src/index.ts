// What `import … from '@koutu/browser'` gives. Small: all that computes lies in the worker's own file.

export { type ErrorCode, isKoutuError, type KoutuError } from '@koutu/core/errors'
export type { CoarseAlpha, Report } from '@koutu/core/pipeline'
export type { Plane } from '@koutu/core/pixels'
export type { Ctx, KoutuEvent, Warning } from '@koutu/core/ports'
export type { Device } from './messages.ts'
export type { Cutout, CutoutImage } from './page/cutout.ts'
export type { RemoverInput } from './page/inputs.ts'
export {
  type BrowserOptions,
  cached,
  clear,
  createRemover,
  type Options,
  preload,
  type Remover,
  removeBackground,
} from './page/remover.ts'
