// `koutu INPUT…`: plans, processes several images at once and writes each result atomically. One failed image never
// stops the others.

import { availableParallelism } from 'node:os'
import { invalidOptions, KoutuError, type ResolvedRunOptions, toKoutuError } from '@koutu/core'
import { type Options, type ResolvedOptions, resolveOptions } from '../options.ts'
import { createRemover, type Remover } from '../remover.ts'
import type { Environment } from './environment.ts'
import { exists } from './exists.ts'
import { formatOfPath, type Job, makePlan } from './plan.ts'
import { createReporter, type Outcome, type Reporter, type Streams, type Summary } from './reporter.ts'
import { writeWhole } from './write-file.ts'

/** Returns the exit code. */
export async function runCutout(
  inputs: readonly string[],
  given: Options,
  run: ResolvedRunOptions,
  env: Environment,
): Promise<number> {
  const wanted = run.output !== undefined && given.format === undefined ? formatOfPath(run.output) : null
  const options = resolveOptions(wanted ? { ...given, format: wanted } : given)
  const plan = await makePlan({ inputs, output: run.output, format: options.format })
  checkStandardOutput(plan.jobs, run, env)

  const reporter = createReporter(run.json ? 'json' : run.quiet ? 'quiet' : 'text', env)
  const counts = { done: 0, skipped: 0, failed: 0 }
  const errors: KoutuError[] = []
  const stop = new AbortController()
  const signal = AbortSignal.any([env.signal, stop.signal])
  const begin = performance.now()
  const settle = (outcome: Outcome) => {
    counts[outcome.status]++
    if (outcome.error) errors.push(outcome.error)
    reporter.outcome(outcome)
  }

  reporter.start(plan.jobs.length + plan.missing.length)
  for (const { label, error } of plan.missing) settle({ input: label, output: null, status: 'failed', ms: 0, error })
  if (plan.jobs.length > 0) {
    await using remover = await createRemover(options, {
      lanes: lanesFor(plan.jobs.length, run.jobs),
      once: plan.jobs.length === 1,
    })
    const queue = plan.jobs.values()
    const worker = async () => {
      for (const job of queue) {
        if (signal.aborted) return
        const outcome = await runJob(job, options, run, remover, reporter, { ...env, signal })
        if (outcome.error?.code === 'ABORTED') return
        settle(outcome)
        if (outcome.error && isHopeless(outcome.error)) stop.abort()
      }
    }
    await Promise.all(Array.from({ length: Math.min(run.jobs, plan.jobs.length) }, worker))
  }
  reporter.end({ ...counts, ms: performance.now() - begin } satisfies Summary)
  if (env.signal.aborted) return 130
  if (counts.failed === 0) return 0
  return counts.done + counts.skipped === 0 ? Math.max(...errors.map(({ row }) => row.exit)) : 1
}

/** Invalid usage, no model or no engine: every other image would fail the same way. OFFLINE concerns URLs only. */
function isHopeless({ code, row }: KoutuError): boolean {
  return row.exit !== 1 && code !== 'OFFLINE'
}

function checkStandardOutput(jobs: readonly Job[], run: ResolvedRunOptions, { stdout }: Streams): void {
  const toStdout = jobs.filter(({ output }) => output === '-')
  if (toStdout.length === 0) return
  if (toStdout.length > 1)
    throw invalidOptions([{ path: '--output', message: 'Expected one input when writing to stdout' }])
  if (run.json)
    throw invalidOptions([
      { path: '--json', message: 'Expected --output FILE together with --json, which writes to stdout itself' },
    ])
  if ('isTTY' in stdout && stdout.isTTY) {
    throw invalidOptions([
      { path: '--output', message: 'Expected a file or a pipe for the image but stdout is a terminal' },
    ])
  }
}

async function runJob(
  job: Job,
  options: ResolvedOptions,
  run: ResolvedRunOptions,
  remover: Remover,
  reporter: Reporter,
  env: Environment,
): Promise<Outcome> {
  const begin = performance.now()
  const outcome = (rest: Omit<Outcome, 'input' | 'ms'>): Outcome => ({
    input: job.label,
    ms: performance.now() - begin,
    ...rest,
  })
  try {
    if (job.output !== '-' && !run.overwrite && (await exists(job.output)))
      return outcome({ output: job.output, status: 'skipped' })
    const input = job.input === '-' ? env.stdin : job.input
    const { image, report } = await remover.remove(input, options, {
      signal: env.signal,
      onEvent: (event) => reporter.event(job.label, event),
    })
    if (run.failOnEmpty && !report.subject) throw new KoutuError('SUBJECT_NOT_FOUND')
    const bytes = await image.bytes()
    if (env.signal.aborted) throw new KoutuError('ABORTED')
    if (job.output === '-') await writeStream(env.stdout, bytes)
    else await writeWhole(job.output, bytes)
    return outcome({ output: job.output, status: 'done', report })
  } catch (error) {
    return outcome({ output: null, status: 'failed', error: toKoutuError(error) })
  }
}

function writeStream(stream: Streams['stdout'], bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error) reject(new KoutuError('OUTPUT_UNWRITABLE', { detail: `stdout: ${error.message}`, cause: error }))
      else resolve()
    })
  })
}

/** From this many images on, a second network pays for the time it takes to load. */
const MIN_IMAGES_FOR_LANES = 6

/** One network for every two images in progress, at most one per processor. */
function lanesFor(images: number, jobs: number): number {
  return images < MIN_IMAGES_FOR_LANES ? 1 : Math.min(Math.ceil(jobs / 2), availableParallelism())
}
