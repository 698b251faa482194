// `koutu models calibrate`: makes the int8 recipe of a model from sample images.

import { readFile } from 'node:fs/promises'
import { findModel, isModelPath, resolve } from '@koutu/core'
import { cacheDir, calibrate, createSharpCodec, ownRecipePath, readLocalModel, writeRecipe } from '@koutu/node'
import { openModelStore } from '../model-store.ts'
import { createSource } from '../source.ts'
import type { Environment } from './environment.ts'
import { makePlan } from './plan.ts'
import { startBar } from './progress-bar.ts'

export interface CalibrateOptions {
  /** By default the place in the cache where koutu looks for it. */
  readonly output?: string | undefined
}

export async function calibrateModel(
  name: string,
  inputs: readonly string[],
  { output }: CalibrateOptions,
  { stderr, signal }: Environment,
): Promise<number> {
  const options = resolve({ model: name })
  const { manifest } = isModelPath(name) ? await readLocalModel(name) : { manifest: findModel(name) }
  const { jobs, missing } = await makePlan({ inputs, output: undefined, format: 'png' })
  if (missing[0]) throw missing[0].error
  const model = await openModelStore(true).ensure(manifest, { signal })
  const codec = createSharpCodec()
  const source = createSource()
  const bar = startBar(stderr, `${manifest.id}: {bar} {value}/{total} images · {eta_formatted} left`, jobs.length)
  async function* pictures() {
    for (const { input } of jobs) {
      yield await codec.decode(
        await source.read(input, options, { signal }),
        { keepIcc: false, keepMetadata: false, limits: options.limits },
        { signal },
      )
      bar?.increment()
    }
  }
  try {
    const command = `koutu models calibrate ${manifest.id} IMAGES`
    const bytes = await readFile(model.path)
    const recipe = await calibrate({ manifest, model, bytes, pictures: pictures(), command }, { signal })
    const path = output ?? ownRecipePath(cacheDir(), recipe.sha256)
    await writeRecipe(path, recipe)
    bar?.stop()
    stderr.write(`${manifest.id}: ${path}\n`)
  } finally {
    bar?.stop()
  }
  return 0
}
