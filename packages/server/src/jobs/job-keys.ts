// Names of a job and of its blobs. Blob names derive from the job, so that deleting a job needs no index of blobs.

import { randomBytes } from 'node:crypto'

const PREFIX = 'jobs/'

/** A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random ones. Later ones sort after earlier ones. */
export function newJobId(nowMs: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function isJobId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

export function inputKey(id: string): string {
  return `${PREFIX}${id}/input`
}

export function backgroundKey(id: string): string {
  return `${PREFIX}${id}/background`
}

/** Each attempt has its own, so that one that lost its claim never touches the result of another. */
export function resultKey(id: string, attempt: number): string {
  return `${PREFIX}${id}/result-${attempt}`
}

/** What a network found in the image before: given to a job that makes a result again. */
export function givenCoarseKey(id: string): string {
  return `${PREFIX}${id}/coarse`
}

/** What the network of an attempt found. */
export function coarseKey(id: string, attempt: number): string {
  return `${PREFIX}${id}/coarse-${attempt}`
}

/** Every blob a job with that many attempts may have left. */
export function blobKeys(id: string, attempts: number): string[] {
  const made = Array.from({ length: attempts }, (_, i) => [resultKey(id, i + 1), coarseKey(id, i + 1)])
  return [inputKey(id), backgroundKey(id), givenCoarseKey(id), ...made.flat()]
}

export const BLOB_PREFIX = PREFIX

/** The job a blob belongs to; null for a key that is none of ours. */
export function jobIdOf(key: string): string | null {
  const id = key.startsWith(PREFIX) ? (key.slice(PREFIX.length).split('/')[0] ?? '') : ''
  return isJobId(id) ? id : null
}
