// Many images in one call, or in several: hosts give up on a call that takes minutes.

import { setTimeout as sleep } from 'node:timers/promises'
import { invalidOptions } from '@koutu/core'
import * as z from 'zod'
import { type BatchRun, startBatch } from '../batch-run.ts'
import { pickOptions, SAME_OPTION_FIELDS } from '../options.ts'
import { type Call, defineTool } from '../tool.ts'

const MAX_WAIT_S = 600

const BatchInput = z.strictObject({
  inputs: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(1000)
    .optional()
    .describe('Absolute paths of files and folders. Needed to start a batch.'),
  output_folder: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('Folder for the results. Default: beside each input, as NAME.cutout.png.'),
  handle: z.string().min(1).max(200).optional().describe('Follow this batch instead of starting one.'),
  cancel: z.boolean().default(false).describe('Cancel the batch with this handle.'),
  wait_seconds: z
    .number()
    .min(0)
    .max(MAX_WAIT_S)
    .default(50)
    .describe('Answer after this time although the batch is still running.'),
  overwrite: z.boolean().default(false).describe('Replace existing results instead of skipping them.'),
  ...SAME_OPTION_FIELDS,
})

export const batchTool = defineTool({
  name: 'batch',
  title: 'Batch',
  description:
    'Cut out many images: files or whole folders. Answers with counts, and with a handle by which a long batch is followed or canceled. Existing results are skipped.',
  input: BatchInput,
  output: z.object({
    handle: z.string(),
    state: z.enum(['running', 'done', 'canceled']),
    total: z.number(),
    done: z.number(),
    skipped: z.number(),
    failed: z.number(),
    failures: z.array(z.object({ input: z.string(), code: z.string(), message: z.string() })),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  begins: 'Looking for images',
  async run(args, call) {
    const isNew = args.handle === undefined
    if (isNew === (args.inputs === undefined))
      throw invalidOptions([{ path: 'inputs', message: 'Expected either inputs or the handle of a batch' }])
    const { handle, run } = isNew
      ? await start(args, call)
      : { handle: args.handle!, run: call.batches.get(args.handle!) }
    if (args.cancel) run.cancel()
    await follow(run, args.wait_seconds * 1000, call, isNew)
    const counts = run.counts()
    const { state, total, done, skipped, failed } = counts
    const rest = state === 'running' ? ` Call batch with the handle ${handle} to go on waiting.` : ''
    const text = `${done} of ${total} images done, ${skipped} skipped, ${failed} failed; ${state}.${rest}`
    return { data: { handle, ...counts }, text }
  },
})

async function start(args: z.output<typeof BatchInput>, call: Call): Promise<{ handle: string; run: BatchRun }> {
  const { inputs = [], output_folder: folder = null, overwrite } = args
  const run = await startBatch({ inputs, folder, overwrite, values: pickOptions(args) }, call)
  return { handle: call.batches.add(run), run }
}

/** Until the batch ends or the time is over. Whoever cancels the call that started a batch cancels the batch. */
async function follow(run: BatchRun, waitMs: number, { signal, progress }: Call, isOwner: boolean): Promise<void> {
  const tell = () => {
    const { total, done, skipped, failed } = run.counts()
    const settled = done + skipped + failed
    progress.report(total === 0 ? 1 : settled / total, `${settled} of ${total} images`)
  }
  tell()
  using _ = run.onChange(tell)
  const timer = new AbortController()
  try {
    const over = sleep(waitMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) })
    await Promise.race([run.ended, over])
  } catch (error) {
    if (isOwner) run.cancel()
    throw error
  } finally {
    timer.abort()
  }
}
