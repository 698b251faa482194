// Which store of pictures a text names.

import { resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import type { Blobs } from '../ports/ports.ts'
import { createFolderBlobs } from './folder.ts'
import { createS3Blobs, parseS3Url } from './s3.ts'

/** A folder, a bucket, or the data folder's own folder. Errors: INVALID_OPTIONS. */
export function openBlobs(storage: string | undefined, dataFolder: string): Blobs {
  if (storage === undefined) return createFolderBlobs(resolve(dataFolder, 'blobs'))
  if (!storage.includes('://')) return createFolderBlobs(resolve(storage))
  const s3 = parseS3Url(storage)
  if (s3) return createS3Blobs(s3)
  throw invalidOptions([{ path: '--storage', message: `Expected a folder or s3://bucket/prefix` }])
}
