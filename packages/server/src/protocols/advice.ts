// What a client is told when the fault is not its own.

import type { KoutuError } from '@koutu/core'

/** The reason itself may name paths of this machine, so only what helps is said. Null where a repeat would not. */
export function adviceOn({ code, row }: KoutuError): string | null {
  // The limit is the wait's as well as the job's: in a shorter queue the same picture may be in time.
  return row.status >= 500 && (row.retryable || code === 'JOB_TIMEOUT') ? 'try again later' : null
}
