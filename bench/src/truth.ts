// The alpha of a result against the truth of its image, as the evaluation folder's manifest pairs them.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Plane, type Scores, scoreMatte } from '@koutu/core'
import sharp, { type Sharp } from 'sharp'

export interface Truth {
  readonly id: string
  readonly image: string
  readonly alphaPath: string
  readonly tier: string
}

/** Null where the folder has no truths. */
export async function readTruths(folder: string): Promise<readonly Truth[] | null> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null)
  if (text === null) return null
  const { items } = JSON.parse(text) as { items: { id: string; image: string; alpha: string; tier: string }[] }
  return items.map(({ id, image, alpha, tier }) => ({ id, image, alphaPath: join(folder, alpha), tier }))
}

/** Of a cutout, by its alpha. */
export async function scoreResult(path: string, truth: Truth): Promise<Scores> {
  return score(sharp(path).ensureAlpha().extractChannel(3), truth)
}

/** Of a matte that is a grayscale image. */
export async function scoreMask(path: string, truth: Truth): Promise<Scores> {
  return score(gray(path), truth)
}

async function score(actual: Sharp, { alphaPath }: Truth): Promise<Scores> {
  return scoreMatte(await plane(actual), await plane(gray(alphaPath)))
}

function gray(path: string): Sharp {
  return sharp(path).toColourspace('b-w').extractChannel(0)
}

async function plane(image: Sharp): Promise<Plane> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: Float32Array.from(data, (value: number) => value / 255) }
}
