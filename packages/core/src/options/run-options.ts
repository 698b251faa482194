// Options of a run over many images, for commands.

import * as z from 'zod'
import { optionInfo } from './option-info.ts'

export const RunOptions = z.strictObject({
  output: z.string().min(1).optional().register(optionInfo, {
    title: 'Output',
    help: 'File or folder to write to, or - for stdout. A folder exists or ends in /.',
    group: 'run',
    value: 'PATH',
  }),
  overwrite: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Overwrite', help: 'Overwrite existing results.', group: 'run' }),
  fullNames: z.boolean().default(false).register(optionInfo, {
    title: 'Full names',
    help: 'Keep folders and extension of the input in the name of the result: out/a/x.jpg.png for a/x.jpg.',
    group: 'run',
  }),
  preset: z.string().min(1).optional().register(optionInfo, {
    title: 'Preset',
    help: 'Read options from this JSON file. Flags take precedence.',
    group: 'run',
    value: 'FILE',
  }),
  sheet: z.string().min(1).optional().register(optionInfo, {
    title: 'Contact sheet',
    help: 'Write a PNG that shows each image beside its result on a checkerboard.',
    group: 'run',
    value: 'FILE',
  }),
  jobs: z.number().int().min(1).max(64).optional().register(optionInfo, {
    title: 'Jobs',
    help: 'Images in progress at once: some are decoded and encoded while the network runs on others. Default: up to 4, as memory allows.',
    group: 'run',
  }),
  keepWarm: z.number().min(0).max(86_400).optional().register(optionInfo, {
    title: 'Keep warm',
    help: 'Keep the network loaded for this time, for the next command with this option. 0 ends it. Default: KOUTU_KEEP_WARM, else 0.',
    group: 'run',
    unit: 's',
  }),
  json: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'JSON', help: 'Print one JSON object per line to stdout.', group: 'run' }),
  quiet: z.boolean().default(false).register(optionInfo, { title: 'Quiet', help: 'Print errors only.', group: 'run' }),
  failOnEmpty: z.boolean().default(false).register(optionInfo, {
    title: 'Fail on empty',
    help: 'Count an image without a subject as failed.',
    group: 'run',
  }),
})
export type RunOptions = z.input<typeof RunOptions>
export type ResolvedRunOptions = z.output<typeof RunOptions>
