// Names of the blobs of uploaded images. Each upload has a random part, so that two with one id never share a blob.

import { randomBytes } from 'node:crypto'
import { isJobId } from '../jobs/job-keys.ts'

export const PICTURE_PREFIX = 'pictures/'

export function pictureKey(id: string): string {
  return `${PICTURE_PREFIX}${id}/upload-${randomBytes(8).toString('hex')}`
}

/** The image a blob belongs to; null for a key that is none of ours. */
export function pictureIdOf(key: string): string | null {
  const id = key.startsWith(PICTURE_PREFIX) ? (key.slice(PICTURE_PREFIX.length).split('/')[0] ?? '') : ''
  return isJobId(id) ? id : null
}
