// One image of a run: when its result is out of date, and what is told before the work.

import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
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

function contextOf(cut: () => Promise<Uint8Array>, overwrite = false): JobContext {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  return {
    options: resolveOptions({}),
    optionsKey: '0123456789abcdef',
    overwrite,
    failOnEmpty: false,
    // The two fields that a job reads.
    cut: async () => {
      const bytes = await cut()
      return { image: { format: 'png', bytes: async () => bytes }, report: { subject: true } } as never
    },
    reporter: createReporter('quiet', { stdout, stderr }),
    env: { stdin, stdout, signal: new AbortController().signal },
  }
}

it('a result of an input that changed meanwhile is out of date, even if its size is the same', async () => {
  const input = join(folder, 'a.bmp')
  await writeFile(input, 'first')
  const bytes = await sharp({ create: { width: 4, height: 4, channels: 4, background: 'red' } })
    .png()
    .toBuffer()
  let during = async () => writeFile(input, 'other')
  const context = contextOf(async () => {
    await during()
    return bytes
  })
  const job = { input, label: input, output: join(folder, 'a.png') }
  // Long ago, so that the second write is another time on every disk.
  await utimes(input, 1, 1)
  expect((await stat(input)).mtimeMs).toBe(1000)
  expect((await runJob(job, context)).status).toBe('done')
  during = async () => {}
  expect((await runJob(job, context)).status).toBe('done')
  expect(await runJob(job, context)).toMatchObject({ status: 'skipped', reason: 'done' })
})

it.each([false, true])(
  'a place that cannot be written is told before the image is cut out (--overwrite: %s)',
  async (overwrite) => {
    const input = join(folder, 'b.bmp')
    await writeFile(input, 'image')
    await mkdir(join(folder, 'folder.png'), { recursive: true })
    let cuts = 0
    const context = contextOf(async () => {
      cuts++
      return new Uint8Array()
    }, overwrite)
    for (const place of ['folder.png', `${'n'.repeat(300)}.png`, 'b.bmp/below.png']) {
      const { status, error } = await runJob({ input, label: input, output: join(folder, place) }, context)
      expect([place, status, error?.code]).toEqual([place, 'failed', 'OUTPUT_UNWRITABLE'])
    }
    expect(cuts).toBe(0)
  },
)
