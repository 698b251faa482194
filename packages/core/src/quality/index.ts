// Entry point `@koutu/core/quality`: scores of a matte against a true one, by name.

export { METRICS, type Metric, type MetricId, type Scores, scoreMatte } from './score.ts'
