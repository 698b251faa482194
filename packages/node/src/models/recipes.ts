// Where quantization recipes lie: those that come with this package, by model, and those a user has made, by the hash of
// the file they were made for.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError, QuantizationRecipe } from '@koutu/core'
import { PACKAGE_ROOT } from '../package-root.ts'
import { writeAtomic } from './files.ts'

const SHIPPED = new URL('recipes/', PACKAGE_ROOT)

/** Path of the recipe that a user has made for a model file. */
export function ownRecipePath(cacheDir: string, sha256: string): string {
  return join(cacheDir, 'recipes', `${sha256.slice(0, 24)}.json`)
}

/** The recipe for this file of this model, a user's own first, or null. Errors: MODEL_INVALID for one that cannot be read. */
export async function findRecipe(cacheDir: string, id: string, sha256: string): Promise<QuantizationRecipe | null> {
  for (const place of [ownRecipePath(cacheDir, sha256), new URL(`${id}.json`, SHIPPED)]) {
    const recipe = await readRecipe(place)
    if (recipe?.sha256 === sha256) return recipe
  }
  return null
}

export async function writeRecipe(path: string, recipe: QuantizationRecipe): Promise<void> {
  await writeAtomic(path, [Buffer.from(`${JSON.stringify(recipe, null, 1)}\n`)])
}

async function readRecipe(place: string | URL): Promise<QuantizationRecipe | null> {
  const text = await readFile(place, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    // Read once, so that compiling the schema would take longer than reading.
    return QuantizationRecipe.parse(JSON.parse(text), { jitless: true })
  } catch (cause) {
    throw new KoutuError('MODEL_INVALID', { detail: `expected a quantization recipe in ${place}`, cause })
  }
}
