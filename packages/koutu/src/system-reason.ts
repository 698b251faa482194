// What the system says of a file that it cannot read or write, in its words alone: Node's message has the whole path once more.

import { getSystemErrorMap } from 'node:util'
import { shorten } from './shorten.ts'

export function systemReason(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException
  if (errno === undefined) return shorten(message)
  return getSystemErrorMap().get(errno)?.[1] ?? code ?? shorten(message)
}
