// A subject on another background or canvas.

import * as z from 'zod'
import { pickOptions, SAME_OPTION_FIELDS } from '../options.ts'
import { makeResult } from '../results.ts'
import { sourceOf } from '../sources.ts'
import { defineTool } from '../tool.ts'
import { answerOf, CutoutData, input, output, overwrite, preview } from './fields.ts'

/** Margins of the subject in its canvas, by what the canvas is for. */
const CANVASES = {
  product: { background: 'white', crop: true, margin: '8%', scale: 85, position: 'center' },
  portrait: { background: 'white', crop: true, margin: '12% 10% 0 10%' },
  sticker: { crop: true, margin: '4%' },
} as const

export const composeTool = defineTool({
  name: 'compose',
  title: 'Compose',
  description:
    'Put a subject on a color, an image or a canvas preset, and write the result. Takes a former result by its handle, a cutout with transparency, or any image.',
  input: z.strictObject({
    input,
    canvas: z
      .enum(Object.keys(CANVASES) as [keyof typeof CANVASES, ...(keyof typeof CANVASES)[]])
      .optional()
      .describe(
        'product: centered on white with space around. portrait: on white, cropped. sticker: transparent, cropped.',
      ),
    output,
    overwrite,
    preview,
    ...SAME_OPTION_FIELDS,
  }),
  output: CutoutData,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  begins: 'Reading the image',
  view: { shown: true },
  async run(args, call) {
    const former = args.input.startsWith('cutout:') ? call.cutouts.get(args.input) : undefined
    const recipe = {
      source: await sourceOf(args.input, call),
      // Not its format: another canvas may need another.
      values: { ...former?.values, format: undefined, ...(args.canvas && CANVASES[args.canvas]), ...pickOptions(args) },
      keep: former?.keep ?? [],
      erase: former?.erase ?? [],
    }
    const request = { recipe, output: args.output, overwrite: args.overwrite, ...(former && { former }) }
    return answerOf(await makeResult(request, call), args.preview, call)
  },
})
