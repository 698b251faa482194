// Core's matting/subjects/alpha-survey.ts, called row by row: the plane passes through in bands, only sums and grids are kept.

import { AlphaSurvey, surveyRow } from '../../core/src/matting/subjects/alpha-survey'

let survey: AlphaSurvey | null = null

export function openSurvey(width: i32, height: i32, threshold: f64): void {
  survey = new AlphaSurvey(width, height, threshold)
}

/** Row `y`, which begins at `from` in `alpha`. */
export function addToSurvey(alpha: Float32Array, from: i32, y: i32): void {
  surveyRow(survey!, alpha, from, y)
}

export function surveyTotals(): Float64Array {
  return survey!.totals
}

export function surveyHighest(): Float32Array {
  return survey!.highest
}

export function surveyUndecided(): Float32Array {
  return survey!.undecided
}
