// Whether a runtime computes what it should: a tiny graph whose answer is known. Runtimes and drivers are newer than this code.

import type { AssetStore } from '../files/asset-store.ts'
import type { SelfTest } from '../files/manifest.ts'
import { floatsOf } from './half.ts'
import type { Runtime } from './runtime.ts'

/** Errors: of the runtime, or one that says how far off it is. */
export async function runSelfTest(
  { InferenceSession, Tensor }: Runtime,
  provider: 'wasm' | 'webgpu',
  { graph, input, dims, output, tolerance }: SelfTest,
  files: AssetStore,
): Promise<void> {
  const session = await InferenceSession.create(await files.read(graph), {
    executionProviders: [provider],
    logSeverityLevel: 3,
  })
  try {
    const answers = await session.run({
      [session.inputNames[0]!]: new Tensor('float32', Float32Array.from(input), dims),
    })
    const answer = answers[session.outputNames[0]!]!
    const data = floatsOf(answer.type, await answer.getData())
    const worst = output.reduce((most, value, i) => Math.max(most, Math.abs(value - (data[i] ?? Number.NaN))), 0)
    // Not <=, so that NaN fails.
    if (!(worst <= tolerance)) throw new Error(`it is off by ${worst} in a test whose answer is known`)
  } finally {
    await session.release()
  }
}
