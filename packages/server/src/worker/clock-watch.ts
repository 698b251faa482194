// Tells when the clock of the machine has been set back. What was planned by it would wait until the clock has caught up.

/** Smaller steps are those of a clock that is kept in time. */
const TOLERANCE_MS = 10_000

/** `monotonicMs`: a monotonic clock. The function returns whether `nowMs` has been set back since its last call. */
export function createClockWatch(nowMs: () => number, monotonicMs: () => number): () => boolean {
  const offset = () => nowMs() - monotonicMs()
  let lastMs = offset()
  return () => {
    const before = lastMs
    lastMs = offset()
    return lastMs < before - TOLERANCE_MS
  }
}
