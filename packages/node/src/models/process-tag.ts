// Marks unfinished files with the process that writes them, so that what a dead process left can be distinguished from what a
// living one still needs. Processes of other machines that share the folder are never taken for dead.

import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** A name part that is unique to this call. */
export function processTag(): string {
  return `${HOST}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** Whether the tag belongs to a process of this machine that has ended. */
export function isAbandoned(tag: string): boolean {
  const match = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/.exec(tag)
  if (match?.[1] !== HOST) return false
  try {
    process.kill(Number(match[2]), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
