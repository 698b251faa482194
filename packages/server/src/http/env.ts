// Per-request values that layers pass on.

import type { HttpBindings } from '@hono/node-server'
import type { Env } from 'hono'
import type { Owner } from '../jobs/job-service.ts'
import type { ApiKey } from '../keys/key-service.ts'

export interface AppEnv extends Env {
  /** Empty where no socket is behind the request. */
  readonly Bindings: Partial<HttpBindings>
  readonly Variables: {
    requestId: string
    /** For the log's line: what happened, never what was sent. */
    logFields: Record<string, unknown>
    owner: Owner
    key: ApiKey | null
  }
}
