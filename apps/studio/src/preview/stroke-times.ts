// How long a stroke takes, as entries of the browser's performance timeline: `npm run studio:speed` reads them.

/** Shown on the stage as it was painted; solved on a small copy; solved in full. */
type Stage = 'painted' | 'solved' | 'full'

const MARK = 'koutu-stroke'
let left = new Set<Stage>()

/** `atMs` is when the hand lifted, as events count. */
export function strokeEnded(atMs: number): void {
  performance.clearMarks(MARK)
  performance.mark(MARK, { startTime: atMs })
  left = new Set(['painted', 'solved', 'full'])
}

export function strokeReached(stage: Stage): void {
  if (left.delete(stage)) performance.measure(`${MARK}-${stage}`, MARK)
}
