// The alpha of a result against the truth of its image, as the evaluation folder's manifest pairs them.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Plane, type Scores, scoreMatte } from '@koutu/core'
import sharp, { type Sharp } from 'sharp'

export interface Truth {
  readonly image: string
  readonly alphaPath: string
  readonly tier: string
}

/** Null where the folder has no truths. */
export async function readTruths(folder: string): Promise<readonly Truth[] | null> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null)
  if (text === null) return null
  const { items } = JSON.parse(text) as { items: { image: string; alpha: string; tier: string }[] }
  return items.map(({ image, alpha, tier }) => ({ image, alphaPath: join(folder, alpha), tier }))
}

export async function scoreResult(path: string, truth: Truth): Promise<Scores> {
  const expected = await plane(sharp(truth.alphaPath).toColourspace('b-w').extractChannel(0))
  const actual = await plane(sharp(path).ensureAlpha().extractChannel(3))
  return scoreMatte(actual, expected)
}

async function plane(image: Sharp): Promise<Plane> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: Float32Array.from(data, (value: number) => value / 255) }
}
