// Advice for clients about a server error.

import type { KoutuError } from '@koutu/core'

/** The reason itself may name paths of this machine, so only what helps is said. Null where a repeat would not. */
export function retryHint({ code, row }: KoutuError): string | null {
  // The limit is the wait's as well as the job's: in a shorter queue the same image may be in time.
  return row.status >= 500 && (row.retryable || code === 'JOB_TIMEOUT') ? 'try again later' : null
}
