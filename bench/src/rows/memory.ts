// Peak memory of one image of one to three megapixels: the command with its network process, beside the peer's
// one-file program.

import { join } from 'node:path'
import { type Context, Skipped } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { canReadMemory, type PeakMemory, watchPeak } from '../measure/process-memory.ts'
import { PROGRAMS, runNode, type StartOptions } from '../measure/run.ts'
import { compare, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'

export interface MemoryRow {
  readonly pictures: readonly {
    readonly name: string
    readonly megapixels: number
    readonly ours: PeakMemory
    readonly theirs: PeakMemory
  }[]
  /** Pairs are images. */
  readonly hwmMib: Versus
  readonly pssMib: Versus
}

export async function memory({ settings, pictures, env, folder, log }: Context): Promise<MemoryRow> {
  if (!canReadMemory) throw new Skipped('memory is read from /proc, which this system does not have')
  const suited = pictures
    .filter(({ megapixels }) => megapixels >= 1 && megapixels <= 3)
    .toSorted((a, b) => b.megapixels - a.megapixels)
  const chosen = spread(suited, settings.memoryPictures)
  if (chosen.length === 0) throw new Skipped('no image has one to three megapixels')
  const measured: MemoryRow['pictures'][number][] = []
  for (const { name, path, megapixels } of chosen) {
    const { koutu, peer } = await alternate(['koutu', 'peer'], 1, async (variant) => {
      const out = join(folder, `memory-${variant}.png`)
      const command =
        variant === 'koutu' ? [...PROGRAMS.koutu, path, '-o', out, '--overwrite'] : [...PROGRAMS.peerOne, path, out]
      const peak = await peakOf(command, env)
      log(`memory, ${name}, ${variant}: ${peak.hwmMib.toFixed(0)} MiB`)
      return peak
    })
    measured.push({ name, megapixels, ours: koutu[0]!, theirs: peer[0]! })
  }
  const versus = (key: 'hwmMib' | 'pssMib') =>
    compare(
      measured.map(({ ours }) => ours[key]),
      measured.map(({ theirs }) => theirs[key]),
    )
  return { pictures: measured, hwmMib: versus('hwmMib'), pssMib: versus('pssMib') }
}

/** Of a whole run of a program and all it starts. */
export async function peakOf(command: readonly string[], env: NodeJS.ProcessEnv): Promise<PeakMemory> {
  const { peak } = await withPeak((started) => runNode(command, { env, ...started }))
  if (!peak) throw new Error('the program did not start')
  return peak
}

/** What `run` gives, and the memory of the program that it starts with all its processes, where the system tells. */
export async function withPeak<T>(
  run: (started: Pick<StartOptions, 'onStart'>) => Promise<T>,
): Promise<{ readonly value: T; readonly peak: PeakMemory | undefined }> {
  let watch: ReturnType<typeof watchPeak> | undefined
  const value = await run({
    onStart: ({ pid }) => {
      if (pid !== undefined && canReadMemory) watch = watchPeak(pid)
    },
  })
  return { value, peak: watch?.stop() }
}
