// One call's progress: stages with fixed weights, a fraction that never falls and ends at exactly 1, one terminal event.

import type { Ctx, KoutuEvent, StepName, Warning } from '../ports/ports.ts'

/** Shares of the whole, from the time each step takes for a photo of one megapixel. */
const WEIGHTS: readonly (readonly [StepName, number])[] = [
  ['read', 0.02],
  ['decode', 0.08],
  ['model', 0.1],
  ['segment', 0.6],
  ['matte', 0.2],
]

export interface Progress {
  enter(step: StepName): void
  /** Part of the current step that is done, 0..1. */
  within(part: number): void
  warn(warning: Warning): void
  done(): void
}

export function createProgress(onEvent: Ctx['onEvent']): Progress {
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
      const index = WEIGHTS.findIndex(([name]) => name === step)
      base = WEIGHTS.slice(0, index).reduce((sum, [, share]) => sum + share, 0)
      weight = WEIGHTS[index]?.[1] ?? 0
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
