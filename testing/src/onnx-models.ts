// Tiny networks whose answer is known by formula, one for each output kind. They run in onnxruntime and are built here,
// so that no test needs a real model. They know nothing of a picture but its numbers.

import { DATA_TYPE, encodeModel, makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '@koutu/node'

export interface TestModelOptions {
  readonly kind: 'logits' | 'prob' | 'minmax' | 'minmax-empty' | 'argmax'
  /** Side of the square input in pixels; 'dynamic' takes any width and height. */
  readonly size: number | 'dynamic'
  /** Default: float32, but int64 for 'argmax'. */
  readonly outputType?: 'float32' | 'float16'
  /** Makes the file larger by this many pseudo-random bytes, which the network does not use. */
  readonly paddingBytes?: number
}

/** Steepness of the 'logits' network. */
export const LOGIT_SCALE = 8

/**
 * An ONNX file: input `input` (float32, 1 x 3 x H x W), output `output` (1 x 1 x H x W).
 *
 * With m = the mean of the three channels of a pixel as the network sees it ((rgb / 255 - mean) / std, so m is the
 * mean of RGB in 0..1 for mean 0 and std 1), the output y and the alpha that koutu should make of it are:
 *
 * - `prob`: y = min(1, max(0, m)); alpha = y.
 * - `logits`: y = 8 (m - 0.5); alpha = 1 / (1 + exp(-y)).
 * - `minmax`: y = 0.1 + 0.8 m; alpha = (m - lowest m) / (highest m - lowest m),
 *   for pictures whose lowest m is below 0.25 and whose highest is above.
 * - `minmax-empty`: y = 0.05 + 0.1 m, which never passes 0.15 and means "no subject"; alpha is not stretched:
 *   at most 0.11 for m in 0..1.
 * - `argmax`: y = 1 where m > 0.5, else 0; alpha = y.
 *
 * A float16 output rounds y to 11 significant bits.
 */
export function buildTestModel({ kind, size, outputType, paddingBytes = 0 }: TestModelOptions): Uint8Array {
  const sides = size === 'dynamic' ? ['height', 'width'] : [size, size]
  const scalar = (name: string, value: number) => makeTensor(name, [], Float32Array.of(value))
  const constants = []
  const nodes = [makeNode('ReduceMean', ['input'], ['mean'], { axes: [1n], keepdims: 1n })]
  /** y = factor x m + offset. */
  const linear = (factor: number, offset: number) => {
    constants.push(scalar('factor', factor), scalar('offset', offset))
    nodes.push(makeNode('Mul', ['mean', 'factor'], ['scaled']), makeNode('Add', ['scaled', 'offset'], ['y']))
  }
  switch (kind) {
    case 'prob':
      constants.push(scalar('zero', 0), scalar('one', 1))
      nodes.push(makeNode('Clip', ['mean', 'zero', 'one'], ['y']))
      break
    case 'logits':
      linear(LOGIT_SCALE, -LOGIT_SCALE / 2)
      break
    case 'minmax':
      linear(0.8, 0.1)
      break
    case 'minmax-empty':
      linear(0.1, 0.05)
      break
    case 'argmax':
      constants.push(scalar('one', 1))
      nodes.push(
        makeNode('Sub', ['one', 'mean'], ['background']),
        makeNode('Concat', ['background', 'mean'], ['scores'], { axis: 1n }),
        makeNode('ArgMax', ['scores'], ['y'], { axis: 1n, keepdims: 1n }),
      )
      break
  }
  const type = DATA_TYPE[outputType ?? (kind === 'argmax' ? 'int64' : 'float32')]
  nodes.push(
    type === DATA_TYPE.int64
      ? makeNode('Identity', ['y'], ['output'])
      : makeNode('Cast', ['y'], ['output'], { to: BigInt(type) }),
  )
  if (paddingBytes > 0) constants.push(makeTensor('padding', [paddingBytes], noise(paddingBytes)))
  const graph = makeGraph(`test-${kind}`, {
    node: nodes,
    initializer: constants,
    input: [makeValueInfo('input', DATA_TYPE.float32, [1, 3, ...sides])],
    output: [makeValueInfo('output', type, [1, 1, ...sides])],
  })
  return encodeModel(makeModel(graph, 17))
}

/** Bytes that do not repeat, the same each time (Marsaglia's xorshift32). */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 0x9e37_79b9
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}

/**
 * A matting network of the interface of ViTMatte's exports: input `pixel_values` (float32, 1 x 4 x size x size: RGB and a trimap,
 * all in 0..1), output `alphas` (1 x 1 x size x size) = (mean of RGB + trimap) / 2 of each pixel. `channels` other than 4 make a
 * file that is no refiner.
 */
export function buildTestRefiner(size: number, channels = 4): Uint8Array {
  // One convolution: a third of a half for each color, a half for the trimap.
  const weights = Float32Array.from({ length: channels }, (_, channel) => (channel < 3 ? 1 / 6 : 1 / 2))
  const graph = makeGraph('test-refiner', {
    node: [makeNode('Conv', ['pixel_values', 'weights'], ['alphas'])],
    initializer: [makeTensor('weights', [1, channels, 1, 1], weights)],
    input: [makeValueInfo('pixel_values', DATA_TYPE.float32, [1, channels, size, size])],
    output: [makeValueInfo('alphas', DATA_TYPE.float32, [1, 1, size, size])],
  })
  return encodeModel(makeModel(graph, 17))
}
