// Which store of pictures a text names.

import { resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import type { Blobs } from '../ports/ports.ts'
import { createFolderBlobs } from './folder.ts'

/** A folder, or the data folder's own one. Errors: INVALID_OPTIONS. */
export function openBlobs(storage: string | undefined, dataFolder: string): Blobs {
  if (storage === undefined) return createFolderBlobs(resolve(dataFolder, 'blobs'))
  if (!storage.includes('://')) return createFolderBlobs(resolve(storage))
  throw invalidOptions([{ path: '--storage', message: `Expected a folder or s3://bucket/prefix` }])
}
