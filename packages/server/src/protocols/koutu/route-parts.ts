// Declarations that several of our own routes share.

import { z } from '@hono/zod-openapi'

export const PREFER_HEADERS = z.object({
  prefer: z.string().optional().meta({ description: '`respond-async`, or `wait=SECONDS`.' }),
  'idempotency-key': z
    .string()
    .max(255)
    .optional()
    .meta({ description: 'A repeated request with the same key returns the first response.' }),
})

export const JobId = z.object({ id: z.string().meta({ description: 'Id of the job.' }) })
