// Long loops over pixels in short slices, so that the thread that runs them stays answerable between two.

import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '@koutu/core'

/** Under 1 ms of the simplest loops here, also before they are compiled. */
const SLICE = 2 ** 17

/** Calls `work` for consecutive ranges [from, to) that make up 0..total. Errors: ABORTED between two slices. */
export async function inSlices(
  total: number,
  work: (from: number, to: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < total; from += SLICE) {
    if (from > 0) await setImmediate()
    throwIfAborted(signal)
    work(from, Math.min(total, from + SLICE))
  }
}
