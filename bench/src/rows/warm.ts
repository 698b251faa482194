// Warm loop: the whole call, from a path to encoded PNG bytes, with the network loaded; koutu's library beside the
// peer's, a fresh process for each round. Also where each millisecond of koutu's call goes.

import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { LOOPS, runLoop } from '../measure/run.ts'
import { compare, median, type Sample, summarize, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'
import type { LoopAnswer } from '../programs/messages.ts'

export interface WarmRow {
  readonly rounds: number
  /** Only those that both could do. */
  readonly pictures: readonly WarmPicture[]
  /** Pair by pair the medians of an image's rounds. */
  readonly callMs: Versus
  readonly steps: readonly StepTime[]
  /** What koutu's reports said it ran. */
  readonly precision: string
  readonly failures: readonly string[]
}

interface WarmPicture {
  readonly name: string
  readonly megapixels: number
  /** One value for each round. */
  readonly oursMs: readonly number[]
  readonly theirsMs: readonly number[]
}

export interface StepTime {
  readonly name: string
  /** The step this is a part of; null for steps of the call. */
  readonly partOf: string | null
  readonly ms: Sample
}

type Timed = Extract<LoopAnswer, { ms: number }>

export async function warm({ settings, pictures, env, log }: Context): Promise<WarmRow> {
  const chosen = spread(pictures, settings.warmPictures)
  const request = { pictures: chosen.map(({ path }) => path), warmUps: 1, options: {} }
  const rounds = await alternate(['koutu', 'peer'], settings.warmRounds, async (variant, round) => {
    const answers = await runLoop(LOOPS[variant], request, env)
    log(`warm, round ${round + 1}, ${variant}: ${summary(answers)}`)
    return answers
  })
  const failures: string[] = []
  const measured = chosen.flatMap(({ name, megapixels }, i) => {
    const ours = rounds.koutu.map((answers) => answers[i]!)
    const theirs = rounds.peer.map((answers) => answers[i]!)
    for (const [variant, answers] of Object.entries({ koutu: ours, peer: theirs })) {
      const failed = answers.find((answer) => 'error' in answer)
      if (failed) failures.push(`${variant}, ${name}: ${failed.error}`)
    }
    if (!ours.every(isTimed) || !theirs.every(isTimed)) return []
    return [{ name, megapixels, ours, theirs }]
  })
  const ofMedians = (answers: readonly Timed[]) => median(answers.map(({ ms }) => ms))
  const calls = measured.flatMap(({ ours }) => ours)
  return {
    rounds: settings.warmRounds,
    pictures: measured.map(({ name, megapixels, ours, theirs }) => ({
      name,
      megapixels,
      oursMs: ours.map(({ ms }) => ms),
      theirsMs: theirs.map(({ ms }) => ms),
    })),
    callMs: compare(
      measured.map(({ ours }) => ofMedians(ours)),
      measured.map(({ theirs }) => ofMedians(theirs)),
    ),
    steps: stepTimes(calls),
    precision: [...new Set(calls.map(({ precision }) => precision))].join(', '),
    failures,
  }
}

/** Steps of the call, in their order; all other times in a report are parts of `segment`. */
const STEPS = ['read', 'decode', 'model', 'segment', 'matte', 'encode']

/** Of each step over all calls; what no step claims is passing messages between threads, and waiting. */
export function stepTimes(calls: readonly Pick<Timed, 'ms' | 'timingsMs'>[]): StepTime[] {
  const names = [...new Set(calls.flatMap(({ timingsMs }) => Object.keys(timingsMs)))]
  const parts = names.filter((name) => !STEPS.includes(name))
  const steps = STEPS.filter((name) => names.includes(name))
  const total = (timings: Readonly<Record<string, number>>, of: readonly string[]) =>
    of.reduce((sum, name) => sum + (timings[name] ?? 0), 0)
  const time = (name: string, partOf: string | null, ms: (call: (typeof calls)[number]) => number): StepTime => ({
    name,
    partOf,
    ms: summarize(calls.map(ms)),
  })
  return [
    ...steps.flatMap((step) => [
      time(step, null, ({ timingsMs }) => timingsMs[step] ?? 0),
      ...(step === 'segment' && parts.length > 0
        ? [
            ...parts.map((part) => time(part, step, ({ timingsMs }) => timingsMs[part] ?? 0)),
            time('the rest', step, ({ timingsMs }) => (timingsMs[step] ?? 0) - total(timingsMs, parts)),
          ]
        : []),
    ]),
    time('between the steps', null, ({ ms, timingsMs }) => ms - total(timingsMs, steps)),
  ]
}

function isTimed(answer: LoopAnswer): answer is Timed {
  return 'ms' in answer
}

function summary(answers: readonly LoopAnswer[]): string {
  const times = answers.filter(isTimed).map(({ ms }) => ms)
  return `${times.length} images${times.length > 0 ? `, median ${median(times).toFixed(0)} ms` : ''}`
}
