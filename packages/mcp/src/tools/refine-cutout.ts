// A former result once more, with marks and other options.

import * as z from 'zod'
import { MarkList } from '../marks.ts'
import { pickOptions, SAME_OPTION_FIELDS } from '../options.ts'
import { makeResult } from '../results.ts'
import { defineTool } from '../tool.ts'
import { answerOf, CutoutData, output, overwrite, preview } from './fields.ts'

export const refineCutoutTool = defineTool({
  name: 'refine_cutout',
  title: 'Refine cutout',
  description:
    'Make a former result again with marks for what to keep and what to erase, or with other options. Marks add to those of the former result. Fast: the network does not run again unless model, quality or region change. Writes a new file.',
  input: z.strictObject({
    handle: z.string().min(1).max(200).describe('Handle of the former result.'),
    keep: MarkList,
    erase: MarkList,
    output,
    overwrite,
    preview,
    ...SAME_OPTION_FIELDS,
  }),
  output: CutoutData,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  begins: 'Reading the image',
  view: { shown: true },
  async run(args, call) {
    const former = call.cutouts.get(args.handle)
    // The format of the former result, unless a new place or the caller says another.
    const format = args.output === undefined ? former.format : undefined
    const recipe = {
      source: former.source,
      values: { ...former.values, format, ...pickOptions(args) },
      keep: [...former.keep, ...(args.keep ?? [])],
      erase: [...former.erase, ...(args.erase ?? [])],
    }
    const written = await makeResult({ recipe, output: args.output, overwrite: args.overwrite, former }, call)
    return answerOf(written, args.preview, call)
  },
})
