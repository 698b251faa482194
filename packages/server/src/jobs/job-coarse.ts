// What a network found in the image of a job, as it is kept with the job.

import type { BlobRef, CoarseFacts } from '../ports/ports.ts'

export interface JobCoarse {
  /** A gray PNG. */
  readonly blob: BlobRef
  readonly facts: CoarseFacts
}

/** What stands in for the network. */
export interface GivenCoarse extends JobCoarse {
  /** The job whose network found it. */
  readonly jobId: string
}
