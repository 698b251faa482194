// Where memory runs out, Linux ends the process with the highest score. Our children raise their own, so that the process
// that started them lives to say what happened and to try again.

import { writeFileSync } from 'node:fs'

/** `score`: 0 to 1000, added to the share of memory in thousandths. Raising it needs no privilege. Does nothing elsewhere. */
export function offerToKernel(score: number): void {
  if (process.platform !== 'linux') return
  try {
    writeFileSync('/proc/self/oom_score_adj', String(score))
  } catch {
    // Not allowed in some sandboxes: the kernel chooses by itself.
  }
}
