// Fields that several tools share.

import { basename } from 'node:path'
import * as z from 'zod'
import type { Answer } from '../answers.ts'
import { previewOf } from '../preview.ts'
import { describeFinding, ReportSchema } from '../report.ts'
import type { Made } from '../results.ts'
import type { Call } from '../tool.ts'

export const input = z
  .string()
  .min(1)
  .max(14_000_000)
  .describe('Absolute path in an allowed folder, https URL, data URL, or handle of a former result.')
export const output = z
  .string()
  .min(1)
  .max(4096)
  .optional()
  .describe(
    'Absolute path of the result. Its extension sets the format. Default: beside the input, as NAME.cutout.png.',
  )
export const overwrite = z.boolean().default(false).describe('Replace the output file if it exists.')
export const preview = z
  .enum(['none', 'small'])
  .default('none')
  .describe('small: also return the result on magenta, at most 768 px, to judge its edge. Not for results at a URL.')

export const CutoutData = z.object({
  handle: z.string().describe('Names this result in later calls.'),
  output: z.string().describe('Absolute path or URL of the result.'),
  format: z.string(),
  width: z.number(),
  height: z.number(),
  bytes: z.number(),
  report: ReportSchema,
})

export async function answerOf(
  { handle, output, uri, bytes, cut }: Made,
  asked: z.output<typeof preview>,
  { cutter }: Call,
): Promise<Answer> {
  const { format, width, height, report, mimeType } = cut
  return {
    data: { handle, output, format, width, height, bytes, report },
    text: `Wrote ${output} (${width} x ${height}, ${format}). ${describeFinding(report)}`,
    links: [{ uri, name: basename(new URL(uri).pathname), mimeType }],
    image: asked === 'small' ? await previewOf(cut, cutter) : undefined,
  }
}
