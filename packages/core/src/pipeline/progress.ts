// One call's progress: steps with fixed weights, a fraction that never falls and ends at exactly 1, one terminal event.

import type { Ctx, KoutuEvent, StepName, Warning } from '../ports/ports.ts'

/** Shares of the whole, from the time each step takes for a photo of one megapixel. */
const WEIGHTS = [
  ['read', 0.02],
  ['decode', 0.08],
  ['model', 0.1],
  ['segment', 0.6],
  ['matte', 0.2],
] as const satisfies Weights
/** With a matting network, which takes longer than all the rest. */
const WEIGHTS_REFINED = [
  ['read', 0.01],
  ['decode', 0.02],
  ['model', 0.07],
  ['segment', 0.15],
  ['refine', 0.7],
  ['matte', 0.05],
] as const satisfies Weights

type Weights = readonly (readonly [StepName, number])[]

export interface Progress {
  enter(step: StepName): void
  /** Part of the current step that is done, 0..1. */
  within(part: number): void
  warn(warning: Warning): void
  done(): void
}

export function createProgress(onEvent: Ctx['onEvent'], isRefined: boolean): Progress {
  const weights: Weights = isRefined ? WEIGHTS_REFINED : WEIGHTS
  let fraction = 0
  let base = 0
  let weight = 0
  let finished = false
  const emit = (event: KoutuEvent) => onEvent?.(event)
  const advance = (to: number) => {
    if (finished || to <= fraction) return
    fraction = Math.min(to, 0.999)
    emit({ type: 'progress', fraction })
  }
  return {
    enter(step) {
      const index = weights.findIndex(([name]) => name === step)
      base = weights.slice(0, index).reduce((sum, [, share]) => sum + share, 0)
      weight = weights[index]?.[1] ?? 0
      if (finished) return
      emit({ type: 'stage', step })
      advance(base)
    },
    within: (part) => advance(base + weight * Math.min(1, Math.max(0, part))),
    warn(warning) {
      if (!finished) emit({ type: 'warning', warning })
    },
    done() {
      if (finished) return
      finished = true
      emit({ type: 'progress', fraction: 1 })
      emit({ type: 'done' })
    },
  }
}
