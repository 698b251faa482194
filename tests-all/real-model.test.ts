// The IS-Net file that npm brings, before and after its preparation: the same answers on real photos. And its int8 graph in both forms.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { packTensor, resolve as resolveOptions } from '@koutu/core'
import sharp from 'sharp'
import { expect, it, onTestFinished } from 'vitest'
import { InferenceSession, Tensor } from '../packages/node/src/engine/onnxruntime.ts'
import { runTrial } from '../packages/node/src/engine/trial.ts'
import { joinWeights } from '../packages/node/src/graph/external-data.ts'
import { readIsNet } from '../packages/node/src/graph/isnet-file.fixture.ts'
import { toPlainForm } from '../packages/node/src/graph/node-form.ts'
import { decodeModel, encodeModel, type ModelProto } from '../packages/node/src/graph/onnx.ts'
import { prepareGraph } from '../packages/node/src/graph/prepare.ts'
import { createModelLocator } from '../packages/node/src/models/locator.ts'
import { findRecipe } from '../packages/node/src/models/recipes.ts'
import { createModelStore } from '../packages/node/src/models/store.ts'

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

/** What this processor multiplies exactly. */
const { saturates: isWithin63 } = await runTrial(1, [{ channels: 32, side: 8 }])

it.each(isWithin63 ? [true] : [false, true])(
  "its int8 graph (weights within 63: %s) answers in Node's form as in the plain one, at both sizes",
  async (saturates) => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'koutu-forms-'))
    onTestFinished(() => rmSync(cacheDir, { recursive: true }))
    const locate = createModelLocator({
      store: createModelStore({ cacheDir, offline: true }),
      trial: async () => ({ saturates, int8Ms: 1, fp32Ms: 3 }),
      findRecipe: (id, sha256) => findRecipe(cacheDir, id, sha256),
    })
    const { file: graph } = await locate(resolveOptions({}).subject, {})
    const read = () => joinWeights(decodeModel(readFileSync(graph.path)), readFileSync(graph.dataPath))
    expect(read().graph!.input[0]!.type!.tensorType!.shape).toBeUndefined()
    for (const side of [SIDE, (SIDE * 3) / 4]) {
      const plain = await answer(toPlainForm(read(), { width: side, height: side }), side)
      expect(plain.equals(await answer(read(), side))).toBe(true)
      expect(new Set(plain).size).toBeGreaterThan(100)
    }
    // Four passes through the network: about 5 s on two idle cores.
  },
  300_000,
)

/** The bytes of an answer to a drawn image. */
async function answer(model: ModelProto, side: number): Promise<Buffer> {
  const session = await InferenceSession.create(encodeModel(model), { graphOptimizationLevel: 'disabled' })
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)]
    return Math.hypot(x - side / 2, y - side / 2) < side / 3 ? 40 + (i % 3) * 60 : 200 + ((i * 37) % 50)
  })
  const { output } = await session.run({ input: new Tensor('uint8', pixels, [1, side, side, 3]) })
  await session.release()
  const { buffer, byteOffset, byteLength } = output!.data as Float32Array
  return Buffer.from(buffer, byteOffset, byteLength)
}
