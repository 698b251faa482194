// `koutu models calibrate`: makes the int8 recipe of a model from sample images.

import { readFile } from 'node:fs/promises'
import { findModel, isModelPath, resolve } from '@koutu/core'
import { cacheDir, calibrate, createSharpCodec, ownRecipePath, readLocalModel, writeRecipe } from '@koutu/node'
import { openModelStore } from '../model-store.ts'
import { createSource } from '../source.ts'
import type { Environment } from './environment.ts'
import { fileSystem } from './plan/file-tree.ts'
import { findInputs } from './plan/find-inputs.ts'
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
  const { manifest } = isModelPath(name) ? await readLocalModel(name) : { manifest: findModel(name, 'segmenter') }
  const images = await findImages(inputs)
  const model = await openModelStore(true).ensure(manifest, { signal })
  const codec = createSharpCodec()
  const source = createSource()
  const bar = startBar(stderr, `${manifest.id}: {bar} {value}/{total} images · {eta_formatted} left`, images.length)
  async function* pictures() {
    for (const input of images) {
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

/** Errors: the first of an input that cannot be had. */
async function findImages(words: readonly string[]): Promise<readonly string[]> {
  const search = { tree: fileSystem, outputFolder: null, takesResults: false, fullNames: false }
  const images = new Set<string>()
  for await (const finding of findInputs(words, search)) {
    if (finding.type === 'missing') throw finding.error
    if (finding.type === 'image') images.add(finding.input)
  }
  return [...images]
}
