// Converts a thrown value to the error that the client gets, and records it for the log.

import { isKoutuError, KoutuError, toKoutuError } from '@koutu/core'
import type { AppContext } from './route.ts'

export function recordError(c: AppContext, thrown: unknown): KoutuError {
  const known = asKoutuError(thrown)
  const fields = c.get('logFields')
  fields.code = known.code
  if (known.row.status >= 500 && known.code !== 'SERVER_STOPPING') fields.fault = faultOf(thrown)
  return known
}

function asKoutuError(error: unknown): KoutuError {
  if (isKoutuError(error)) return error
  // What is not ours may say anything: nothing of it goes out.
  const known = toKoutuError(error)
  return known.code === 'ABORTED' ? known : new KoutuError('INTERNAL', { cause: error })
}

/** For the log alone: what kind of fault, and where. Messages of others may hold what was sent, so they stay out. */
function faultOf(error: unknown): object {
  const inner = isKoutuError(error) && error.cause instanceof Error ? error.cause : error
  if (isKoutuError(inner)) return { name: inner.code, message: inner.message }
  if (!(inner instanceof Error)) return { name: typeof inner }
  const { code } = inner as NodeJS.ErrnoException
  const lines = (inner.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { name: inner.name, code, at: lines.slice(0, 8).map((line) => line.trim()) }
}
