// Options of a run over many images, for commands.

import * as z from 'zod'
import { optionInfo } from './option-info.ts'

export const RunOptions = z.strictObject({
  output: z.string().min(1).optional().register(optionInfo, {
    title: 'Output',
    help: 'File or folder to write to; - is standard output.',
    group: 'run',
    value: 'PATH',
  }),
  overwrite: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Overwrite', help: 'Writes results again that exist already.', group: 'run' }),
  jobs: z.number().int().min(1).max(64).default(4).register(optionInfo, {
    title: 'Jobs',
    help: 'Pictures worked on at once: while the networks work on some, others are decoded, finished and encoded.',
    group: 'run',
  }),
  json: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'JSON', help: 'Prints one JSON object a line to standard output.', group: 'run' }),
  quiet: z.boolean().default(false).register(optionInfo, { title: 'Quiet', help: 'Prints errors only.', group: 'run' }),
  failOnEmpty: z.boolean().default(false).register(optionInfo, {
    title: 'Fail on empty',
    help: 'Counts a picture without a subject as failed.',
    group: 'run',
  }),
})
export type RunOptions = z.input<typeof RunOptions>
export type ResolvedRunOptions = z.output<typeof RunOptions>
