// What `import … from 'koutu'` gives.

import './check-node.ts'

export {
  type CoarseAlpha,
  type Ctx,
  type ErrorCode,
  isKoutuError,
  type KoutuError,
  type KoutuEvent,
  type Plane,
  type Report,
  type SubjectReport,
  type Warning,
} from '@koutu/core'
export type { AlphaInput, AlphaPixels } from './alpha-input.ts'
export type { Cutout, CutoutImage, RawImage } from './cutout.ts'
export type { BodyLike, RemoverInput, SharpLike } from './inputs.ts'
export type { Options } from './options-type.ts'
export type { RawPixels } from './raw-pixels.ts'
export {
  applyAlpha,
  createRemover,
  type Remover,
  type RemoverSettings,
  removeBackground,
  removeForeground,
} from './remover.ts'
