// The account balance of clients. Nothing is charged, so it never decreases.

import { z } from '@hono/zod-openapi'

/** As large as scripts that compare it with what they are about to send could ask for, and still a plain integer anywhere. */
const ENOUGH = 1_000_000

export const ACCOUNT = {
  data: {
    attributes: {
      credits: { total: ENOUGH, subscription: 0, payg: 0, enterprise: ENOUGH },
      api: { free_calls: ENOUGH, sizes: 'all' },
    },
  },
} as const

const count = z.int().min(0)
export const AccountSchema = z
  .strictObject({
    data: z.strictObject({
      attributes: z.strictObject({
        credits: z.strictObject({ total: count, subscription: count, payg: count, enterprise: count }),
        api: z.strictObject({ free_calls: count, sizes: z.literal('all') }),
      }),
    }),
  })
  .openapi('RemovebgAccount')
