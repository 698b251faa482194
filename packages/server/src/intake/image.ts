// Whether what came in is a picture within the limits: from its first bytes while it still arrives, from its header
// before anything decodes it.

import { inspectPicture, isKoutuError, KoutuError, type Limits, type PictureHeader } from '@koutu/core'
import { checkWeight } from '../limits/server-memory.ts'
import type { Spooled } from './spool.ts'

export interface UploadedPicture {
  readonly upload: Spooled
  readonly header: PictureHeader
  readonly fileName: string | null
}

/** What is enough to know a file by, and the size of most pictures. */
export const HEAD_BYTES = 4096

/** What the first bytes alone settle. A header that is cut off settles nothing yet. */
export function refuseByHead(limits: Limits): (head: Uint8Array) => void {
  return (head) => {
    try {
      inspectPicture(head, limits)
    } catch (error) {
      if (isKoutuError(error) && SETTLED.has(error.code)) throw error
    }
  }
}

const SETTLED: ReadonlySet<string> = new Set(['IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE'])

/** Errors: as core's `inspectPicture`; IMAGE_TOO_LARGE for one that would take too much memory. */
export function inspectUpload(upload: Spooled, limits: Limits): PictureHeader {
  if (upload.bytes === 0)
    throw new KoutuError('IMAGE_UNSUPPORTED', { detail: 'it is an empty file', data: { type: 'empty' } })
  const header = upload.look((source) => inspectPicture(source, limits))
  checkWeight(header, limits)
  return header
}
