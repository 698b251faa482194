// `koutu INPUT…`: plans, processes several images at once and writes each result atomically. One failed image never
// stops the others.

import { invalidOptions, type KoutuError, type ResolvedRunOptions } from '@koutu/core'
import { ALPHA_DEFAULTS } from '../alpha-input.ts'
import { batchCapacity, type Capacity, describeCapacity, readMachine } from '../capacity.ts'
import { checkKeepWarm } from '../keep-warm.ts'
import { Options, resolveOptions } from '../options.ts'
import { createRemover, type Remover } from '../remover.ts'
import { makeOutputFolder } from '../write-file.ts'
import { openContactSheet } from './contact-sheet.ts'
import { type JobContext, runJob } from './cutout-job.ts'
import type { Environment } from './environment.ts'
import { checkOptions, filesOf } from './option-files.ts'
import { type Destination, readDestination } from './plan/destination.ts'
import { fileSystem } from './plan/file-tree.ts'
import { type Job, makePlan, type Plan } from './plan/plan.ts'
import { withPreset } from './preset.ts'
import { createReporter, type Outcome } from './reporter.ts'
import { createTally } from './run-tally.ts'
import { printable } from './text.ts'

/** Returns the exit code. `alpha`: a file that stands in for the network. Errors: those that would fail every image. */
export async function runCutout(
  inputs: readonly string[],
  flags: Options,
  run: ResolvedRunOptions,
  env: Environment,
  alpha?: string,
): Promise<number> {
  const { destination, ...result } = await prepareRun(inputs, flags, run, env, alpha)
  const note = await checkKeepWarm(run, result.options)
  if (note !== null && !run.json && !run.quiet) env.stderr.write(`${note}\n`)
  const { fullNames } = run
  const files = filesOf(result.options, alpha)
  const plan = await makePlan({ inputs, destination, format: result.options.format, fullNames, files })
  if (destination.type === 'folder' && plan.total > 0) await makeOutputFolder(destination.path)
  return runPlan(plan, { ...result, alpha }, run, env)
}

export interface PreparedRun extends Pick<JobContext, 'options' | 'optionsKey'> {
  readonly destination: Destination
}

/** What all images of a run share. Errors: those that would fail every image. */
export async function prepareRun(
  inputs: readonly string[],
  flags: Options,
  run: ResolvedRunOptions,
  env: Environment,
  alpha?: string,
): Promise<PreparedRun> {
  const given = await withPreset(run.preset, flags)
  const destination = await readDestination(run.output, fileSystem)
  const basis = alpha === undefined ? {} : ALPHA_DEFAULTS
  const options = resolveOptions({ ...basis, ...given, ...formatOf(destination, given) })
  checkStandardOutput(inputs, destination, run, env)
  return { destination, options, optionsKey: await checkOptions(options, env.signal, alpha) }
}

async function runPlan(
  plan: Plan,
  { alpha, ...result }: Pick<JobContext, 'options' | 'optionsKey'> & { readonly alpha: string | undefined },
  run: ResolvedRunOptions,
  env: Environment,
): Promise<number> {
  const reporter = createReporter(run.json ? 'json' : run.quiet ? 'quiet' : 'text', env)
  const sheet = run.sheet ? await openContactSheet(run.sheet, result.options.format, run.overwrite, plan) : null
  const begin = performance.now()
  const tally = createTally(env.signal, (outcome) => {
    reporter.outcome(outcome)
    sheet?.add(outcome)
  })
  const total = plan.total + plan.missing.length
  reporter.start(total)
  for (const { label, error } of plan.missing)
    tally.settle({ input: label, output: null, status: 'failed', ms: 0, error })
  if (plan.total > 0) {
    const { overwrite, failOnEmpty } = run
    const shared = { ...result, alpha, overwrite, failOnEmpty, reporter, env: { ...env, signal: tally.signal } }
    const { jobs, networks } = chooseCapacity(plan.total, run, env)
    const again: Job[] = []
    const crew = { jobs, networks, once: plan.total === 1, create: env.createRemover ?? createRemover }
    await runJobs(plan.jobs(), crew, shared, (outcome, job) => {
      const isLast = plan.total === 1 || job.input === '-'
      if (outcome.error && wasKilled(outcome.error) && !isLast) again.push(job)
      else tally.finish(outcome)
    })
    // What had no room beside others may have it alone.
    if (again.length > 0) await runJobs(again, { ...crew, jobs: 1, networks: 1, once: false }, shared, tally.finish)
  }
  const { counts } = tally
  const notAttempted = total - counts.done - counts.skipped - counts.failed
  reporter.end({ ...counts, notAttempted, leftOut: plan.results, ms: performance.now() - begin })
  if (env.signal.aborted) return 130
  if (sheet) {
    const line = await sheet.write()
    if (!run.json && !run.quiet) env.stderr.write(`${printable(line)}\n`)
  }
  if (counts.failed === 0) return 0
  return counts.done + counts.skipped === 0 ? tally.exit : 1
}

/** The format that the output's extension asks for. Errors: INVALID_OPTIONS where `--format` asks for another. */
function formatOf(destination: Destination, given: Options): Pick<Options, 'format'> {
  if (destination.type !== 'file' || destination.format === null) return {}
  const { format, path } = destination
  if (given.format !== undefined && Options.shape.format.parse(given.format) !== format) {
    const message = `Expected the format of '${path}' but received '${given.format}'`
    throw invalidOptions([{ path: '--format', message }])
  }
  return { format }
}

function checkStandardOutput(
  inputs: readonly string[],
  destination: Destination,
  run: ResolvedRunOptions,
  { stdout }: Environment,
): void {
  const isNamed = destination.type === 'file' && destination.path === '-'
  if (!isNamed && !(destination.type === 'beside' && inputs.includes('-'))) return
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

/** From this many images on, a second network pays for the time it takes to load. */
const MIN_IMAGES_FOR_NETWORKS = 6

/** Tells in one line where memory allows less than usual. */
export function chooseCapacity(
  total: number,
  run: ResolvedRunOptions,
  { stderr }: Environment,
): Pick<Capacity, 'jobs' | 'networks'> {
  const machine = readMachine()
  const capacity = batchCapacity(machine, run.jobs)
  const usual = batchCapacity({ ...machine, memoryBytes: Number.POSITIVE_INFINITY }, run.jobs)
  if (total > 1 && !run.json && !run.quiet && capacity.jobs < usual.jobs)
    stderr.write(`${describeCapacity(machine, capacity)} (--jobs sets it)\n`)
  return {
    jobs: Math.min(capacity.jobs, total),
    networks: total < MIN_IMAGES_FOR_NETWORKS ? 1 : capacity.networks,
  }
}

interface Crew {
  readonly jobs: number
  readonly networks: number
  readonly once: boolean
  readonly create: typeof createRemover
}

async function runJobs(
  jobs: Iterable<Job> | AsyncIterable<Job>,
  crew: Crew,
  { alpha, ...context }: Omit<JobContext, 'cut'> & { readonly alpha: string | undefined },
  onOutcome: (outcome: Outcome, job: Job) => void,
): Promise<void> {
  await using remover = await crew.create(context.options, {
    concurrency: crew.jobs,
    lanes: crew.networks,
    once: crew.once,
  })
  const cut: Remover['remove'] =
    alpha === undefined ? remover.remove : (input, ...rest) => remover.applyAlpha(input, alpha, ...rest)
  const queue = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]()
  const work = async () => {
    for (;;) {
      if (context.env.signal.aborted) return
      const next = await queue.next()
      if (next.done) return
      onOutcome(await runJob(next.value, { ...context, cut }), next.value)
    }
  }
  await Promise.all(Array.from({ length: crew.jobs }, work))
}

/** The kernel ends the network's process where memory runs out. */
function wasKilled({ code, data }: KoutuError): boolean {
  return code === 'ENGINE_FAILED' && data.signal === 'SIGKILL'
}
