// Opens the image storage that a text names.

import { resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import type { Blobs } from '../ports/ports.ts'
import { createFolderBlobs } from './folder.ts'
import { parseS3Url } from './s3-url.ts'

/** A folder, a bucket, or the data folder's own folder. Errors: INVALID_OPTIONS. */
export async function openBlobs(storage: string | undefined, dataFolder: string): Promise<Blobs> {
  if (storage === undefined || !storage.includes('://')) {
    const blobs = createFolderBlobs(resolve(storage ?? resolve(dataFolder, 'blobs')))
    await blobs.clean(Date.now())
    return blobs
  }
  const s3 = parseS3Url(storage)
  // The SDK is large, and most servers do without.
  if (s3) return (await import('./s3.ts')).createS3Blobs(s3)
  throw invalidOptions([{ path: '--storage', message: `Expected a folder or s3://bucket/prefix` }])
}
