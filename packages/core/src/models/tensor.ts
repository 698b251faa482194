// Converts between pixels and tensors: packing to NCHW, and the meaning of each output kind.

import { KoutuError } from '../errors/koutu-error.ts'
import { clamp01 } from '../pixels/clamp.ts'
import type { Plane, Size } from '../pixels/raster.ts'
import type { ModelManifest } from './manifest.ts'

type ModelInput = ModelManifest['input']
type OutputKind = ModelManifest['output']['kind']

/** Width and height in pixels that an image is scaled to for this model. */
export function networkSize(input: ModelInput, picture: Size): Size {
  if (input.fit === 'stretch') return { width: input.width, height: input.height }
  // An image more than four times as long as high is squeezed, so that hostile shapes do not cost unbounded memory.
  const ratio = Math.min(4, Math.max(0.25, picture.width / picture.height))
  const round = (side: number) => Math.max(input.multiple, Math.round(side / input.multiple) * input.multiple)
  if (input.fit === 'area') {
    const side = Math.sqrt(input.width * input.height)
    return { width: round(side * Math.sqrt(ratio)), height: round(side / Math.sqrt(ratio)) }
  }
  return ratio >= 1
    ? { width: round(input.width * ratio), height: round(input.height) }
    : { width: round(input.width), height: round(input.height / ratio) }
}

/**
 * Packs 8-bit RGB into a float32 NCHW tensor, batch 1: ((v / 255) - mean) / std. A fourth plane is the trimap in [0, 1], where there is
 * one. Writes into `out` when given.
 */
export function packTensor(
  pixels: Uint8Array,
  size: Size,
  input: Pick<ModelInput, 'mean' | 'std'>,
  { out, trimap }: { readonly out?: Float32Array; readonly trimap?: Uint8Array | undefined } = {},
): Float32Array {
  const area = size.width * size.height
  if (pixels.length !== area * 3) {
    throw new KoutuError('INTERNAL', { detail: `expected ${area * 3} bytes of RGB but received ${pixels.length}` })
  }
  const tensor = out ?? new Float32Array(area * (trimap ? 4 : 3))
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * input.std[channel]!)
    const offset = -input.mean[channel]! / input.std[channel]!
    const base = channel * area
    for (let i = 0, from = channel; i < area; i++, from += 3) tensor[base + i] = pixels[from]! * scale + offset
  }
  if (trimap) for (let i = 0; i < area; i++) tensor[3 * area + i] = trimap[i]! / 255
  return tensor
}

/** A network's answer: the first (or named) output, batch 1. */
export interface NetworkOutput {
  readonly data: Float32Array
  /** [1, channels, height, width], or without the leading axes of size 1. */
  readonly dims: readonly number[]
}

/** Below this, no pixel of a `minmax` answer is taken for a subject, so that noise is not stretched into a ghost. */
const MINMAX_PEAK = 0.3
/** Above this, the smallest value of a `minmax` answer is no background level but a subject that fills the frame. */
const MINMAX_FLOOR = 0.3

/**
 * Alpha in [0, 1] from a network's answer.
 * `logits` gets a sigmoid, `prob` is clamped, `argmax` becomes 1 where any class but 0 wins, and `minmax`
 * (U2-Net and IS-Net families, no absolute scale) is stretched, unless its range says that there is no subject.
 * Errors: MODEL_INVALID when the shape is no image.
 */
export function toAlpha(output: NetworkOutput, kind: OutputKind): Plane {
  const { width, height, channels } = outputShape(output)
  const area = width * height
  const source = output.data
  const data = new Float32Array(area)
  switch (kind) {
    case 'prob':
      clampInto(data, source)
      break
    case 'logits':
      for (let i = 0; i < area; i++) data[i] = 1 / (1 + Math.exp(-source[i]!))
      break
    case 'minmax':
      stretch(source, data)
      break
    case 'argmax':
      for (let i = 0; i < area; i++) data[i] = isForegroundClass(source, i, area, channels) ? 1 : 0
      break
  }
  if (kind !== 'prob') clearNaN(data)
  return { width, height, data }
}

/** One pass, which also makes a NaN 0: the first image of a process pays for each loop. */
function clampInto(data: Float32Array, source: NetworkOutput['data']): void {
  for (let i = 0; i < data.length; i++) {
    const value = source[i]!
    data[i] = value > 0 ? (value < 1 ? value : 1) : 0
  }
}

/** Alpha with 8 bits, 255 for 1. A NaN becomes 0. */
export function toLevels(alpha: Float32Array): Uint8Array {
  const levels = new Uint8Array(alpha.length)
  // Truncation rounds what is not negative.
  for (let i = 0; i < levels.length; i++) levels[i] = (clamp01(alpha[i]!) * 255 + 0.5) | 0
  return levels
}

/** Alpha in [0, 1] of what `toLevels` gives. */
export function fromLevels(levels: Uint8Array): Float32Array {
  const values = Float32Array.from({ length: 256 }, (_, level) => level / 255)
  const alpha = new Float32Array(levels.length)
  for (let i = 0; i < alpha.length; i++) alpha[i] = values[levels[i]!]!
  return alpha
}

/** A NaN would poison every later filter. */
function clearNaN(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) data[i] = 0
}

function outputShape({ data, dims }: NetworkOutput): { width: number; height: number; channels: number } {
  const [height = 0, width = 0] = dims.slice(-2)
  const leading = dims.slice(0, -2)
  const channels = leading.at(-1) ?? 1
  const batches = leading.slice(0, -1).reduce((product, dim) => product * dim, 1)
  if (
    dims.length < 2 ||
    dims.length > 4 ||
    batches !== 1 ||
    width < 1 ||
    height < 1 ||
    data.length !== width * height * channels
  ) {
    throw new KoutuError('MODEL_INVALID', {
      detail: `expected an output of 1 x C x H x W but received ${dims.join(' x ') || 'a scalar'}`,
    })
  }
  return { width, height, channels }
}

function stretch(source: Float32Array, target: Float32Array): void {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < target.length; i++) {
    const value = source[i]!
    if (value < low) low = value
    if (value > high) high = value
  }
  const from = low < MINMAX_FLOOR ? low : 0
  const to = high > MINMAX_PEAK ? high : 1
  const scale = to > from ? 1 / (to - from) : 1
  for (let i = 0; i < target.length; i++) target[i] = clamp01((source[i]! - from) * scale)
}

/** One channel holds class numbers; several hold a score each, of which the largest wins. */
function isForegroundClass(source: Float32Array, index: number, area: number, channels: number): boolean {
  if (channels === 1) return Math.round(source[index]!) > 0
  const background = source[index]!
  for (let channel = 1; channel < channels; channel++) if (source[channel * area + index]! > background) return true
  return false
}
