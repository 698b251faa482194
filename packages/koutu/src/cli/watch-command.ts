// `koutu watch FOLDER`: a folder run that goes on. Images are found, named, compared with their results and processed as in one.

import { resolve } from 'node:path'
import { FORMAT_FILES, invalidOptions, KoutuError, type ResolvedRunOptions, toKoutuError } from '@koutu/core'
import type { Options } from '../options.ts'
import { createRemover } from '../remover.ts'
import { makeOutputFolder } from '../write-file.ts'
import { chooseCapacity, prepareRun } from './cutout-command.ts'
import { type JobContext, runJob } from './cutout-job.ts'
import type { Environment } from './environment.ts'
import type { Destination, Naming } from './plan/destination.ts'
import { fileSystem } from './plan/file-tree.ts'
import { isBelow } from './plan/find-inputs.ts'
import { labelOf } from './plan/plan.ts'
import { createReporter } from './reporter.ts'
import { createTally, type RunTally } from './run-tally.ts'
import { printable } from './text.ts'
import { openFolderEvents } from './watch/folder-events.ts'
import { watchFiles } from './watch/watch-loop.ts'
import { folderScan, jobNamer, stampOf } from './watch/watched-folder.ts'

export interface WatchSettings {
  readonly folder: string
  readonly settleMs: number
}

/** Resolves with the exit code after a signal, or after a fault that would fail every image. Errors: those of the start. */
export async function runWatch(
  { folder, settleMs }: WatchSettings,
  flags: Options,
  run: ResolvedRunOptions,
  env: Environment,
): Promise<number> {
  const { destination, options, optionsKey } = await prepareRun([folder], flags, run, env)
  await checkFolders(folder, destination, run.overwrite)
  if (destination.type === 'folder') await makeOutputFolder(destination.path)
  const reporter = createReporter(run.json ? 'json' : run.quiet ? 'quiet' : 'text', env)
  const tally = createTally(env.signal, reporter.outcome)
  const { signal } = tally
  const { jobs } = chooseCapacity(Number.POSITIVE_INFINITY, run, env)
  // One network, on all processors: most images arrive alone.
  await using remover = await createRemover(options, { concurrency: jobs })
  using events = openFolderEvents(signal)
  const { overwrite, fullNames, failOnEmpty } = run
  const naming = { destination, extension: FORMAT_FILES[options.format].extension, fullNames }
  const cut = remover.remove
  const context = { options, optionsKey, overwrite, failOnEmpty, cut, reporter, env: { ...env, signal } }

  const begin = performance.now()
  reporter.start(null)
  if (!run.json && !run.quiet) env.stderr.write(`${printable(`Watching ${folder}. Stop with Ctrl-C.`)}\n`)
  const work = createWork(folder, naming, context, tally)
  const notAttempted = await watchFiles(
    { settleMs, concurrency: jobs, signal },
    {
      scan: folderScan(folder, naming, events, (path, error) => settleFailure(tally, path, error)),
      stampOf,
      run: work.run,
      rest: events.rest,
      now: () => performance.now(),
    },
  )
  reporter.end({ ...tally.counts, notAttempted, leftOut: work.results.size, ms: performance.now() - begin })
  return env.signal.aborted ? 130 : tally.exit
}

/** Processes one file that has settled; `results` are those that were left out because koutu wrote them. */
function createWork(folder: string, naming: Naming, context: JobContext, tally: RunTally) {
  const results = new Set<string>()
  const jobFor = jobNamer(folder, naming)
  const run = async (path: string): Promise<void> => {
    try {
      if (await fileSystem.isResult(path)) return void results.add(path)
      const outcome = await runJob(await jobFor(path), context)
      // What was taken away before its turn is no failure.
      if (!outcome.error || (await stampOf(path)) !== null) tally.finish(outcome)
    } catch (error) {
      settleFailure(tally, path, toKoutuError(error))
    }
  }
  return { run, results }
}

function settleFailure(tally: RunTally, input: string, error: KoutuError): void {
  tally.settle({ input, output: null, status: 'failed', ms: 0, error })
}

async function checkFolders(folder: string, destination: Destination, overwrite: boolean): Promise<void> {
  const kind = await fileSystem.kind(folder)
  if (kind === null) throw new KoutuError('INPUT_NOT_FOUND', { detail: labelOf(folder) })
  if (kind !== 'folder')
    throw invalidOptions([{ path: '<folder>', message: `Expected a folder but '${folder}' is a file` }])
  if (destination.type === 'beside') return
  const refuse = (message: string) => invalidOptions([{ path: '--output', message }])
  if (destination.type === 'file')
    throw refuse(`Expected a folder, such as 'out/', but received the file '${destination.path}'`)
  const inside = await fileSystem.real(resolve(folder))
  const outside = await fileSystem.real(resolve(destination.path))
  // Without --overwrite, no file is replaced that koutu did not write. Beside their images, results have names of their own, unless
  // a link hides that it is the same folder.
  const isHidden = inside === outside && resolve(folder) !== resolve(destination.path)
  if (overwrite && (isHidden || isBelow(inside, outside)))
    throw refuse(
      `Expected a folder that is not above '${folder}', nor a link to it, together with --overwrite: results could replace images`,
    )
}
