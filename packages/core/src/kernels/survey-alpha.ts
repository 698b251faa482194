// Core's `surveyAlpha` in WebAssembly.

import { AlphaSurvey } from '../matting/subjects/alpha-survey.ts'
import type { Plane } from '../pixels/raster.ts'
import { bandCapacity, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

export function surveyAlpha(pool: InstancePool, alpha: Plane, threshold: number): AlphaSurvey {
  return pool.use((instance) => surveyIn(instance, alpha, threshold))
}

function surveyIn({ run, allocate, write, read }: Instance, alpha: Plane, threshold: number): AlphaSurvey {
  const { width, height } = alpha
  const survey = new AlphaSurvey(width, height, threshold)
  run.openSurvey(width, height, threshold)
  const band = allocate(bandCapacity(alpha) * 4)
  for (const { top, rows, from, to } of bandsOf(alpha)) {
    write(band, alpha.data.subarray(from, to))
    for (let row = 0; row < rows; row++) run.addToSurvey(band, row * width, top + row)
  }
  read(run.surveyTotals(), survey.totals)
  read(run.surveyHighest(), survey.highest)
  read(run.surveyUndecided(), survey.undecided)
  return survey
}
