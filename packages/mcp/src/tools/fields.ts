// Fields that several tools share.

import * as z from 'zod'
import type { Answer } from '../answers.ts'
import type { Written } from '../cut-to-file.ts'
import type { Cutter } from '../ports.ts'
import { previewOf } from '../preview.ts'
import { describeFinding, ReportSchema } from '../report.ts'

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
  .describe('small: also return the result on magenta, at most 768 px, to judge its edge.')

export const CutoutData = z.object({
  handle: z.string().describe('Names this result in later calls.'),
  output: z.string().describe('Absolute path of the result.'),
  format: z.string(),
  width: z.number(),
  height: z.number(),
  bytes: z.number(),
  report: ReportSchema,
})

export async function answerOf(
  { handle, path, size, cut, bytes }: Written,
  asked: z.output<typeof preview>,
  cutter: Cutter,
): Promise<Answer> {
  const { format, width, height, report, mimeType } = cut
  return {
    data: { handle, output: path, format, width, height, bytes: size, report },
    text: `Wrote ${path} (${width} x ${height}, ${format}). ${describeFinding(report)}`,
    files: [{ path, mimeType }],
    preview: asked === 'small' ? await previewOf(bytes, cutter) : undefined,
  }
}
