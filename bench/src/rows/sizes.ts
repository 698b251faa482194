// How cost grows with the image: one drawn scene from 0.3 to 50 megapixels, time of a warm call and peak memory of
// the command.

import { join } from 'node:path'
import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { canReadMemory, type PeakMemory } from '../measure/process-memory.ts'
import { LOOPS, PROGRAMS, runLoop } from '../measure/run.ts'
import { type Sample, summarize } from '../measure/statistics.ts'
import { drawPicture } from '../pictures.ts'
import { peakOf } from './memory.ts'

export interface SizesRow {
  readonly sizes: readonly {
    readonly megapixels: number
    /** Whole calls, the network loaded. */
    readonly callMs: Sample
    /** Of the command, from start to file; null where it cannot be read. */
    readonly peak: PeakMemory | null
  }[]
}

export async function sizes({ settings, env, folder, log }: Context): Promise<SizesRow> {
  const pictures = []
  for (const megapixels of settings.sizesMegapixels) pictures.push(await drawPicture(megapixels, folder))
  const names = pictures.map(({ name }) => name)
  const calls = await alternate(names, settings.sizesCalls, async (name) => {
    const path = join(folder, name)
    // The same image first, unmeasured: buffers of its size are there.
    const [answer] = await runLoop(LOOPS.koutu, { pictures: [path], warmUps: 1, options: {} }, env)
    if (!answer || 'error' in answer) throw new Error(`${name}: ${answer?.error}`)
    return answer.ms
  })
  const measured: SizesRow['sizes'][number][] = []
  for (const { name, path, megapixels } of pictures) {
    const out = join(folder, 'sizes.png')
    const peak = canReadMemory ? await peakOf([...PROGRAMS.koutu, path, '-o', out, '--overwrite'], env) : null
    const callMs = summarize(calls[name]!)
    log(`sizes, ${name}: ${callMs.median.toFixed(0)} ms, ${peak ? `${peak.hwmMib.toFixed(0)} MiB` : 'memory unknown'}`)
    measured.push({ megapixels, callMs, peak })
  }
  return { sizes: measured }
}
