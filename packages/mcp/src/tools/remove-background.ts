// The main tool: one image in, one cutout out.

import * as z from 'zod'
import { MarkList } from '../marks.ts'
import { OPTION_FIELDS, pickOptions } from '../options.ts'
import { makeResult } from '../results.ts'
import { sourceOf } from '../sources.ts'
import { defineTool } from '../tool.ts'
import { answerOf, CutoutData, input, output, overwrite, preview } from './fields.ts'

export const removeBackgroundTool = defineTool({
  name: 'remove_background',
  title: 'Remove background',
  description:
    'Cut the subject out of one image and write the result to a file, by default a transparent PNG beside the input. Runs on this machine; nothing is uploaded.',
  input: z.strictObject({ input, output, overwrite, preview, keep: MarkList, erase: MarkList, ...OPTION_FIELDS }),
  output: CutoutData,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  begins: 'Reading the image',
  view: { shown: true },
  async run(args, call) {
    const recipe = {
      source: await sourceOf(args.input, call),
      values: pickOptions(args),
      keep: args.keep ?? [],
      erase: args.erase ?? [],
    }
    const written = await makeResult({ recipe, output: args.output, overwrite: args.overwrite }, call)
    return answerOf(written, args.preview, call)
  },
})
