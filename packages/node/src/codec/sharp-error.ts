// What sharp and libvips throw, as coded errors.

import { isKoutuError, KoutuError, type Limits } from '@koutu/core'

const MAX_LENGTH = 200

/** A failure to decode: the input's fault, unless memory ran out. */
export function decodeError(error: unknown, limits: Limits): KoutuError {
  if (isKoutuError(error)) return error
  const detail = firstLine(error)
  if (/exceeds pixel limit/i.test(detail)) {
    return new KoutuError('IMAGE_TOO_LARGE', {
      detail: `expected at most ${limits.maxPixels} pixels`,
      data: { limit: limits.maxPixels },
      cause: error,
    })
  }
  if (/out of memory|enough memory|unable to allocate/i.test(detail)) {
    return new KoutuError('INTERNAL', { detail, cause: error })
  }
  if (UNREADABLE.test(detail)) return new KoutuError('IMAGE_UNSUPPORTED', { detail, cause: error })
  return new KoutuError('IMAGE_CORRUPT', { detail, cause: error })
}

/** A kind that libvips or its libraries cannot read, told from damage. "Unsupported image format" is said of damage, too. */
const UNREADABLE =
  /not (?:implemented|configured|supported)|no known route|unsupported (?!image format)|channel limit|unknown compression/i

/** A failure of work on pixels that are ours: never the input's fault. */
export function ownError(error: unknown): KoutuError {
  return isKoutuError(error) ? error : new KoutuError('INTERNAL', { detail: firstLine(error), cause: error })
}

/** libvips stacks the same complaint many times over. A line that ends in a colon goes on in the next. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const [first = '', second = ''] = message.split('\n')
  const line = first.trimEnd()
  return (line.endsWith(':') ? `${line} ${second}`.trim().replace(/:$/, '') : first).slice(0, MAX_LENGTH)
}
