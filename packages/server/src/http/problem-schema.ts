// An error on the wire, for the OpenAPI document.

import { z } from '@hono/zod-openapi'
import { ERRORS } from '@koutu/core'

export const ProblemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERRORS) as [string, ...string[]]),
    detail: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    instance: z.string().optional(),
  })
  .openapi('Problem', { description: 'RFC 9457. `code` is one of the codes of the errors page.' })
