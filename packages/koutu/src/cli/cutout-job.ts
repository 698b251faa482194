// One image of a run: whether its result is up to date, the cutout, and the file that is written.

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { KoutuError, toKoutuError } from '@koutu/core'
import { collectGarbageIfLarge } from '@koutu/node/memory'
import { isUrl } from '../is-url.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Remover } from '../remover.ts'
import { checkOutput, outputError, writeWhole } from '../write-file.ts'
import type { Environment } from './environment.ts'
import type { Job } from './plan/plan.ts'
import { readResultRecord, withRecord } from './plan/result-record.ts'
import type { Outcome, Reporter, Streams } from './reporter.ts'

export interface JobContext {
  readonly options: ResolvedOptions
  /** Hash of the options and the files they name. */
  readonly optionsKey: string
  readonly overwrite: boolean
  readonly failOnEmpty: boolean
  /** Makes the cutout: the remover's, or one with alpha that is given. */
  readonly cut: Remover['remove']
  readonly reporter: Reporter
  readonly env: Pick<Environment, 'stdin' | 'stdout' | 'signal'>
}

/** Never rejects: a failure is an outcome. */
export async function runJob(job: Job, context: JobContext): Promise<Outcome> {
  const { env, cut, reporter } = context
  const begin = performance.now()
  const outcome = (rest: Omit<Outcome, 'input' | 'ms'>): Outcome => ({
    input: job.label,
    ms: performance.now() - begin,
    ...rest,
  })
  try {
    const source = await sourceOf(job)
    const there = job.output === '-' ? null : await checkOutput(job.output)
    const existing =
      there?.isFile() && !context.overwrite ? await compareExisting(job, source, there, context.optionsKey) : 'absent'
    if (existing === 'done' || existing === 'other')
      return outcome({ output: job.output, status: 'skipped', reason: existing })
    const { image, report } = await cut(job.input === '-' ? env.stdin : job.input, context.options, {
      signal: env.signal,
      onEvent: (event) => reporter.event(job.label, event),
    })
    if (context.failOnEmpty && !report.subject) throw new KoutuError('SUBJECT_NOT_FOUND')
    const bytes = await image.bytes()
    if (env.signal.aborted) throw new KoutuError('ABORTED')
    if (job.output === '-') await writeStream(env.stdout, bytes)
    else {
      const { bytes: inputBytes, mtimeMs } = await sourceOf(job)
      // No file that was cut out has 0 bytes: the result of an input that changed meanwhile is out of date.
      const isSame = inputBytes === source.bytes && mtimeMs === source.mtimeMs
      const record = { optionsKey: context.optionsKey, sourceKey: source.key, inputBytes: isSame ? inputBytes : 0 }
      await writeWhole(job.output, withRecord(image.format, bytes, record))
    }
    const { width, height } = image
    return outcome({ output: job.output, status: 'done', size: { width, height }, report })
  } catch (error) {
    return outcome({ output: null, status: 'failed', error: toKoutuError(error) })
  } finally {
    collectGarbageIfLarge()
  }
}

interface SourceFacts {
  /** Hash of the way from the result to the input: the same when both are moved together. */
  readonly key: string
  readonly bytes: number
  /** Of the last change; null for stdin and URLs. */
  readonly mtimeMs: number | null
}

async function sourceOf({ input, output }: Job): Promise<SourceFacts> {
  const isPath = input !== '-' && !isUrl(input)
  const way = isPath
    ? relative(dirname(resolve(output)), resolve(input))
        .split(sep)
        .join('/')
    : input
  const key = createHash('sha256').update(way).digest('hex').slice(0, 8)
  // What is not there fails where it is read.
  const info = isPath ? await stat(input).catch(() => null) : null
  return { key, bytes: info?.size ?? 0, mtimeMs: info?.mtimeMs ?? null }
}

/**
 * What the file at the place of the result is. 'done': this result. 'stale': the result of an input that has changed since, or with
 * other options, which may be replaced. 'other': a file that koutu did not write, or the result of another input.
 */
async function compareExisting(
  { input, output }: Job,
  source: SourceFacts,
  info: Stats,
  optionsKey: string,
): Promise<'done' | 'stale' | 'other'> {
  const record = await readResultRecord(output).catch(() => null)
  // Nobody can tell whether stdin brings the same image again.
  if (!record || input === '-') return 'other'
  const isUnchanged = source.bytes === record.inputBytes && (source.mtimeMs === null || source.mtimeMs <= info.mtimeMs)
  if (isUnchanged && record.optionsKey === optionsKey && (record.sourceKey === source.key || source.bytes > 0))
    return 'done'
  return record.sourceKey === source.key ? 'stale' : 'other'
}

function writeStream(stream: Streams['stdout'], bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error) reject(outputError('stdout', error))
      else resolve()
    })
  })
}
