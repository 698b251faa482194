// What an image shows, without a result.

import * as z from 'zod'
import { OPTION_FIELDS, pickOptions, readOptions } from '../options.ts'
import { imageProgress } from '../progress.ts'
import { describeFinding, ReportSchema } from '../report.ts'
import { labelOf, readSource, sourceOf } from '../sources.ts'
import { defineTool } from '../tool.ts'
import { input } from './fields.ts'

export const inspectImageTool = defineTool({
  name: 'inspect_image',
  title: 'Inspect image',
  description: 'Tell the size and format of an image, whether a subject is found in it, and where. Writes nothing.',
  input: z.strictObject({ input, model: OPTION_FIELDS.model!, roi: OPTION_FIELDS.roi! }),
  output: z.object({ format: z.string(), width: z.number(), height: z.number(), report: ReportSchema }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
  begins: 'Reading the image',
  async run(args, call) {
    const source = await sourceOf(args.input, call)
    const options = await readOptions(pickOptions(args), { keep: [], erase: [] }, call)
    const image = await readSource(source, call, options.maxBytes)
    const ctx = { signal: call.signal, onEvent: imageProgress(call.progress) }
    const { report } = await call.cutter.cut(image, options, ctx)
    const { width, height, format } = report.input
    return {
      data: { format, width, height, report },
      text: `${labelOf(source)} is ${width} x ${height}, ${format}. ${describeFinding(report)}`,
    }
  },
})
