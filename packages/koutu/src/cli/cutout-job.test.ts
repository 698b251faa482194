// One image of a run whose input changes while it is cut out.

import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resolveOptions } from '../options.ts'
import { type JobContext, runJob } from './cutout-job.ts'
import { createReporter } from './reporter.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-job-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('a result of an input that changed meanwhile is out of date, even if its size is the same', async () => {
  const input = join(folder, 'a.bmp')
  await writeFile(input, 'first')
  const bytes = await sharp({ create: { width: 4, height: 4, channels: 4, background: 'red' } })
    .png()
    .toBuffer()
  let during = async () => writeFile(input, 'other')
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const context: JobContext = {
    options: resolveOptions({}),
    optionsKey: '0123456789abcdef',
    overwrite: false,
    failOnEmpty: false,
    cut: async () => {
      await during()
      // The two fields that a job reads.
      return { image: { format: 'png', bytes: async () => bytes }, report: { subject: true } } as never
    },
    reporter: createReporter('quiet', { stdout, stderr }),
    env: { stdin, stdout, signal: new AbortController().signal },
  }
  const job = { input, label: input, output: join(folder, 'a.png') }
  // Long ago, so that the second write is another time on every disk.
  await utimes(input, 1, 1)
  expect((await stat(input)).mtimeMs).toBe(1000)
  expect((await runJob(job, context)).status).toBe('done')
  during = async () => {}
  expect((await runJob(job, context)).status).toBe('done')
  expect(await runJob(job, context)).toMatchObject({ status: 'skipped', reason: 'done' })
})
