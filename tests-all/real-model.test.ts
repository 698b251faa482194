// The IS-Net file that npm brings, before and after its preparation: the same answers on real photos.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packTensor } from '@koutu/core'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../packages/node/src/engine/onnxruntime.ts'
import { readIsNet } from '../packages/node/src/graph/isnet-file.fixture.ts'
import { prepareGraph } from '../packages/node/src/graph/prepare.ts'

const SIDE = 1024
const PHOTOS = ['aim-s1.jpg', 'am-gt03.png', 'aim-0b7228ec.jpg']

const file = readIsNet()
const data = process.env.KOUTU_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const hasData = existsSync(data) && PHOTOS.every((name) => readdirSync(data).includes(name))

async function alphas(model: Uint8Array | Buffer, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 })
  const answers: Float32Array[] = []
  for (const input of inputs) {
    const { output } = await session.run({ input: new Tensor('float32', input, [1, 3, SIDE, SIDE]) }, ['output'])
    answers.push(Float32Array.from(output!.data as Float32Array))
    output!.dispose()
  }
  await session.release()
  return answers
}

it.skipIf(file === null)(
  'the IS-Net network answers within 2e-3 of the original at every pixel of real photos',
  async ({ skip }) => {
    if (!hasData) skip(`the evaluation images are not at ${data}`)
    const inputs: Float32Array[] = []
    for (const name of PHOTOS) {
      const photo = sharp(join(data, name)).removeAlpha().toColorspace('srgb')
      const pixels = await photo.resize(SIDE, SIDE, { fit: 'fill' }).raw().toBuffer()
      inputs.push(packTensor(pixels, { width: SIDE, height: SIDE }, { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] }))
    }
    const original = await alphas(file!, inputs)
    const prepared = await alphas(prepareGraph(file!, { output: null }), inputs)
    for (const [i, alpha] of prepared.entries()) {
      let worst = 0
      let brightest = 0
      const truth = original[i]!
      for (let at = 0; at < truth.length; at++) {
        worst = Math.max(worst, Math.abs(alpha[at]! - truth[at]!))
        brightest = Math.max(brightest, alpha[at]!)
      }
      // A subject is found, so that equal means more than equally empty.
      expect(brightest).toBeGreaterThan(0.9)
      expect(worst).toBeLessThan(2e-3)
    }
    // Six passes through the network, of which the original's take longest: about 8 s on two idle cores.
  },
  300_000,
)
