// What the view in the chat shows: a former result, and the image that it was made of.

import { KoutuError } from '@koutu/core'
import * as z from 'zod'
import { plainValues, readOptions } from '../options.ts'
import type { ShownImage } from '../ports.ts'
import { imageProgress } from '../progress.ts'
import { readSource } from '../sources.ts'
import { type Call, defineTool, type Recipe } from '../tool.ts'

/** As base64 below what an answer may hold. */
const MAX_BYTES = 600_000
/** Sides in pixels, tried in turn. */
const SIDES = [1600, 1100, 700, 400]

export const viewImageTool = defineTool({
  name: 'view_image',
  title: 'View image',
  description: 'Return the input or the result of a cutout as an image for the view in the chat. Writes nothing.',
  input: z.strictObject({
    handle: z.string().min(1).max(200).describe('Handle of the result.'),
    of: z.enum(['input', 'result']).describe('result: the subject where the input shows it.'),
  }),
  output: z.object({ width: z.number(), height: z.number() }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  begins: 'Reading the image',
  view: { asked: 'by the view' },
  async run({ handle, of }, call) {
    const recipe = call.cutouts.get(handle)
    const image = of === 'input' ? await inputOf(recipe, call) : await resultOf(recipe, call)
    const { width, height, ...shown } = await showSmall(image, call)
    return { data: { width, height }, text: `${width} x ${height}`, image: shown }
  },
})

async function inputOf({ source }: Recipe, call: Call): Promise<Uint8Array> {
  const { maxBytes } = await readOptions({}, { keep: [], erase: [] }, call)
  const image = await readSource(source, call, maxBytes)
  if (image instanceof URL)
    throw new KoutuError('URL_REFUSED', { detail: 'images at a URL are fetched to cut them out only' })
  return image
}

/** The file where it shows what is asked for; else made again, which takes no network. */
async function resultOf(recipe: Recipe, call: Call): Promise<Uint8Array> {
  const options = await readOptions(plainValues(recipe.values), recipe, call)
  if (recipe.isComparable) return call.folders.read(recipe.output, Number.POSITIVE_INFINITY)
  const source = await readSource(recipe.source, call, options.maxBytes)
  const ctx = { signal: call.signal, onEvent: imageProgress(call.progress) }
  const cut = await call.cutter.cut(source, options, ctx, recipe.kept)
  return cut.bytes()
}

async function showSmall(image: Uint8Array, { cutter: { show } }: Call): Promise<ShownImage> {
  for (const side of show ? SIDES : []) {
    const shown = await show!(image, side)
    if (shown.bytes.length <= MAX_BYTES) return shown
  }
  throw new KoutuError('IMAGE_UNSUPPORTED', { detail: 'the image cannot be shown' })
}
