// Weights in the order in which the kernel reads them: for each eight output channels, for each place of the window, for each two or four
// input channels, two vectors of four output channels x these input channels. Pure.

/** What the order depends on. */
export interface WeightShape {
  readonly outputs: number
  /** Of the weights; inputs may have more, whose weights are zero. */
  readonly channels: number
  /** Channels of each input, multiples of four. */
  readonly parts: readonly number[]
  readonly kernel: readonly [height: number, width: number]
  /** Input channels in a vector. */
  readonly lane: 2 | 4
}

export const blockBytes = ({ parts, kernel: [height, width] }: WeightShape): number =>
  8 * height * width * parts.reduce((sum, part) => sum + part, 0)

/** Writes all blocks to `packed`, and the sum of the weights of each output channel to `sums`. */
export function packWeights(weights: Int8Array, shape: WeightShape, packed: Int8Array, sums: Int32Array): void {
  const { outputs, channels, parts, lane } = shape
  const [height, width] = shape.kernel
  const window = height * width
  let to = 0
  for (let block = 0; block < outputs; block += 8) {
    let begin = 0
    for (const part of parts) {
      for (let place = 0; place < window; place++) {
        for (let channel = begin; channel < begin + part; channel += lane) {
          for (let output = block; output < block + 8; output++) {
            let from = (output * channels + channel) * window + place
            for (let i = 0; i < lane; i++) {
              const weight = channel + i < channels ? weights[from]! : 0
              packed[to++] = weight
              sums[output]! += weight
              from += window
            }
          }
        }
      }
      begin += part
    }
  }
}
