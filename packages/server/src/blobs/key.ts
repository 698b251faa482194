// Blob keys: made by the server only, and validated nevertheless, because one becomes a path.

import { KoutuError } from '@koutu/core'

/** Three parts or more of lower-case letters, digits and hyphens. */
export function checkKey(key: string): string {
  if (!/^[a-z0-9-]+(\/[a-z0-9-]+){2,}$/.test(key)) throw new KoutuError('INTERNAL', { detail: 'not a blob key' })
  return key
}
