// Reads which images a folder offers for scoring: from its manifest.json, or from pairs <id>.jpg|png + <id>.alpha.png.
// Looks at names only; no image is opened here.

import { readdir, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, normalize, sep } from 'node:path'
import { KoutuError } from '@koutu/core'
import { z } from 'zod'

/** Tier of images whose truth is too noisy to average: reported separately, left out of every other mean. */
export const SEPARATE_TIER = 'T'
/** Tier and kind of images that no manifest describes. */
export const UNSORTED = 'unsorted'

const MAX_MANIFEST_BYTES = 32 * 1024 * 1024
const MAX_PICTURES = 100_000

export interface EvalItem {
  readonly id: string
  readonly imagePath: string
  readonly alphaPath: string
  readonly kind: string
  readonly tier: string
}

const label = z.string().min(1).max(200)

/** A relative path that stays inside the folder: a manifest may come from anywhere. */
const insidePath = z
  .string()
  .min(1)
  .max(1000)
  .refine((path) => !isAbsolute(path) && normalize(path).split(sep)[0] !== '..', 'expected a path inside the folder')

const Manifest = z.object({
  items: z
    .array(
      z.object({
        id: label,
        image: insidePath,
        alpha: insidePath,
        kind: label.default(UNSORTED),
        tier: label.default(UNSORTED),
      }),
    )
    .min(1)
    .max(MAX_PICTURES)
    .refine((items) => new Set(items.map((item) => item.id)).size === items.length, 'expected every id once'),
})

/** The images of a folder with truth, in the order of its manifest or of their names. Errors: INPUT_*. */
export async function readDataset(folder: string): Promise<EvalItem[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    throw new KoutuError('INPUT_NOT_FOUND', { detail: `expected a folder but could not read ${folder}`, cause })
  }
  return names.includes('manifest.json') ? fromManifest(folder) : fromPairs(folder, names)
}

async function fromManifest(folder: string): Promise<EvalItem[]> {
  const path = join(folder, 'manifest.json')
  const { size } = await stat(path)
  if (size > MAX_MANIFEST_BYTES) {
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `expected a manifest of at most ${MAX_MANIFEST_BYTES} bytes but ${path} has ${size}`,
      data: { limit: MAX_MANIFEST_BYTES, actual: size },
    })
  }
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new KoutuError('INPUT_UNREADABLE', { detail: `expected JSON in ${path}`, cause })
  }
  const parsed = Manifest.safeParse(json)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`)
    const more = problems.length > 5 ? `; and ${problems.length - 5} more` : ''
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `${path} is not a manifest of images to score: ${problems.slice(0, 5).join('; ')}${more}`,
      data: { problems: problems.slice(0, 100) },
    })
  }
  return parsed.data.items.map(({ image, alpha, ...rest }) => ({
    ...rest,
    imagePath: join(folder, image),
    alphaPath: join(folder, alpha),
  }))
}

function fromPairs(folder: string, names: readonly string[]): EvalItem[] {
  const alphas = new Set(names.filter((name) => name.endsWith('.alpha.png')))
  const items: EvalItem[] = []
  for (const image of [...names].sort()) {
    const id = /^(.+)\.(?:jpe?g|png)$/i.exec(image)?.[1]
    if (id === undefined || alphas.has(image) || !alphas.delete(`${id}.alpha.png`)) continue
    items.push({
      id,
      imagePath: join(folder, image),
      alphaPath: join(folder, `${id}.alpha.png`),
      kind: UNSORTED,
      tier: UNSORTED,
    })
  }
  if (items.length === 0) {
    throw new KoutuError('INPUT_NOT_FOUND', {
      detail: `expected manifest.json, or pairs such as cat.jpg and cat.alpha.png, in ${folder} but found neither`,
    })
  }
  if (items.length > MAX_PICTURES) {
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `expected at most ${MAX_PICTURES} images in ${folder} but found ${items.length}`,
      data: { limit: MAX_PICTURES, actual: items.length },
    })
  }
  return items
}
