// Images that clients upload first and use later. They belong to an owner, expire, and are visible to all machines.

import type { PictureHeader } from '@koutu/core'
import type { Owner } from '../jobs/job-service.ts'
import type { BlobRef } from '../ports/ports.ts'

export interface StoredPicture {
  /** UUID version 7. */
  readonly id: string
  readonly ownerId: string
  readonly blob: BlobRef
  readonly header: PictureHeader
  /** Lower-case hex. */
  readonly md5: string
}

export interface Pictures {
  /** Whether something has been uploaded under the id. */
  has(id: string): Promise<boolean>
  /** From this call on the blob is the store's. False, and the blob deleted, where the id is taken already. */
  add(picture: StoredPicture): Promise<boolean>
  /** Makes an upload usable, once: null for a second time, for another owner's, and where nothing was uploaded. */
  commit(owner: Owner, id: string): Promise<StoredPicture | null>
  /** A committed one that has not expired. */
  get(owner: Owner, id: string): Promise<StoredPicture | null>
  /** The same without a check of the owner: for callers that are authorized in another way. */
  find(id: string): Promise<StoredPicture | null>
}
