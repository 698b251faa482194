// The network alone: the time inside the runtime, as koutu's reports state it, in each precision that can be asked for.

import { describeOptions, Options } from '@koutu/core'
import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { LOOPS, runLoop } from '../measure/run.ts'
import { compare, median, type Sample, summarize, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'

export interface NetworkRow {
  readonly pictures: number
  readonly rounds: number
  /** Over all images and rounds. */
  readonly fp32Ms: Sample
  /** int8 beside fp32; pairs are rounds, each its median. Null where the engine has one precision only. */
  readonly versus: Versus | null
  readonly int8Ms: Sample | null
}

export async function network({ settings, pictures, env, log }: Context): Promise<NetworkRow> {
  const chosen = spread(pictures, settings.networkPictures).map(({ path }) => path)
  const canChoose = describeOptions(Options).some(({ key }) => key === 'precision')
  const variants = canChoose ? (['int8', 'fp32'] as const) : (['fp32'] as const)
  const rounds: Partial<Record<'int8' | 'fp32', number[][]>> = await alternate(
    variants,
    settings.networkRounds,
    async (precision, round) => {
      const options = canChoose ? ({ precision } as Options) : {}
      const times = (await runLoop(LOOPS.koutu, { pictures: chosen, warmUps: 1, options }, env)).map((answer) => {
        if ('error' in answer) throw new Error(answer.error)
        // A quiet fall back to another precision would make this row a lie.
        if (answer.precision !== precision) throw new Error(`expected ${precision} but ${answer.precision} ran`)
        return answer.timingsMs.infer!
      })
      log(`network, round ${round + 1}, ${precision}: median ${median(times).toFixed(0)} ms`)
      return times
    },
  )
  const { fp32 = [], int8 } = rounds
  return {
    pictures: chosen.length,
    rounds: settings.networkRounds,
    fp32Ms: summarize(fp32.flat()),
    int8Ms: int8 ? summarize(int8.flat()) : null,
    versus: int8 ? compare(int8.map(median), fp32.map(median)) : null,
  }
}
