// Converts database failures to coded errors. Messages of the database may contain values of rows, so they remain in the cause.

import { KoutuError } from '@koutu/core'

/** Classes and codes of PostgreSQL's Appendix A, and Node's names for a connection that is not there. */
const UNREACHABLE = /^(08...|57P0[123]|53300|ECONN(REFUSED|RESET)|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENOENT)$/
const FULL = /^(53100|53200|ENOSPC|EDQUOT)$/
/** node-postgres gives these no code. */
const GONE = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/

export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code = '' } = error as { code?: string }
  if (FULL.test(code)) return new KoutuError('STORAGE_FULL', { detail: 'the database has no space left', cause: error })
  if (UNREACHABLE.test(code) || GONE.test(error.message))
    return new KoutuError('DATABASE_UNAVAILABLE', { ...(code ? { detail: code } : {}), cause: error })
  return error
}
