// The report of a cutout as data for assistants, and as one line of text.

import type { Report } from '@koutu/core'
import * as z from 'zod'

/** What an assistant needs to know of; the rest is there as well. */
export const ReportSchema = z
  .looseObject({
    subject: z.boolean().describe('Whether a subject was found.'),
    coverage: z.number().describe('Mean alpha over the image, 0 to 1.'),
    touches: z.array(z.string()).describe('Sides of the image that cut the subject off.'),
    warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  })
  .describe('Also box (pixels of the input), resultBox (pixels of the result), edgeSoftness, input, model, timingsMs.')

/** What was found, for a reader who sees no image. */
export function describeFinding({ subject, coverage, touches, warnings }: Report): string {
  const sides = touches.length > 0 ? ` It touches the ${touches.join(', ')} edge${touches.length > 1 ? 's' : ''}.` : ''
  const found = subject
    ? `The subject covers ${Math.round(100 * coverage)} % of the image.${sides}`
    : 'No subject was found.'
  const said = warnings.filter(({ code }) => code !== 'no-subject').map(({ message }) => message)
  return [found, ...said].join(' ')
}
