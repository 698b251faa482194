// All metrics as one table, and all of them on one matte. Reports, tables and pages take names and directions from here.

import type { Plane } from '../pixels/raster.ts'
import { conn } from './conn.ts'
import { grad } from './grad.ts'
import { iou } from './iou.ts'
import { mae } from './mae.ts'
import { mse } from './mse.ts'
import { sMeasure } from './s-measure.ts'
import { sad } from './sad.ts'

export type MetricId = 'sad' | 'mse' | 'mae' | 'grad' | 'conn' | 'iou' | 'sMeasure'

export interface Metric {
  readonly id: MetricId
  readonly title: string
  readonly better: 'lower' | 'higher'
  /** Decimals worth printing. */
  readonly digits: number
  readonly help: string
  measure(actual: Plane, truth: Plane): number
}

export const METRICS: readonly Metric[] = [
  {
    id: 'mae',
    title: 'MAE',
    better: 'lower',
    digits: 4,
    help: 'Mean absolute difference of alpha.',
    measure: mae,
  },
  {
    id: 'mse',
    title: 'MSE',
    better: 'lower',
    digits: 4,
    help: 'Mean squared difference of alpha.',
    measure: mse,
  },
  {
    id: 'sad',
    title: 'SAD',
    better: 'lower',
    digits: 2,
    help: 'Sum of absolute differences of alpha, in thousands.',
    measure: sad,
  },
  {
    id: 'grad',
    title: 'Grad',
    better: 'lower',
    digits: 2,
    help: 'Gradient error in thousands: how well the edges follow the truth.',
    measure: grad,
  },
  {
    id: 'conn',
    title: 'Conn',
    better: 'lower',
    digits: 2,
    help: 'Connectivity error in thousands: islands and disconnected parts.',
    measure: conn,
  },
  {
    id: 'iou',
    title: 'IoU',
    better: 'higher',
    digits: 3,
    help: 'Intersection over union of the masks alpha >= 0.5.',
    measure: iou,
  },
  {
    id: 'sMeasure',
    title: 'S',
    better: 'higher',
    digits: 3,
    help: 'Structure measure: similarity of object and regions.',
    measure: sMeasure,
  },
]

export type Scores = Readonly<Record<MetricId, number>>

/** Every metric of `actual` against `truth`, two alpha planes of one size. */
export function scoreMatte(actual: Plane, truth: Plane): Scores {
  return Object.fromEntries(METRICS.map((metric) => [metric.id, metric.measure(actual, truth)])) as Scores
}
