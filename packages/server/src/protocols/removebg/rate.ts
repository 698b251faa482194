// Rate limit of remove.bg: megapixels per minute. An image counts as at least one.

import { isKoutuError, KoutuError } from '@koutu/core'
import { createRateLimits } from '../../limits/rate.ts'

const MEGAPIXEL = 1e6

export interface MegapixelRate {
  /** Megapixels a minute. */
  readonly limit: number
  /** Whole megapixels that are left. */
  readonly remaining: number
  /** Unix seconds. */
  readonly resetAt: number
}

/** Errors: RATE_LIMITED. */
export type TakeMegapixels = (who: string, pixels: number) => Promise<MegapixelRate>

export function createMegapixelRates(perMinute: number, nowMs: () => number): TakeMegapixels {
  const limits = createRateLimits(nowMs)
  const state = (remainingPixels: number, resetMs: number): MegapixelRate => ({
    limit: perMinute,
    remaining: Math.floor(remainingPixels / MEGAPIXEL),
    resetAt: Math.ceil((nowMs() + resetMs) / 1000),
  })
  return async (who, pixels) => {
    // Nobody is refused an image for ever because it is larger than the limit of a minute.
    const cost = Math.min(Math.max(MEGAPIXEL, pixels), perMinute * MEGAPIXEL)
    try {
      const { remaining, resetMs } = await limits.take(who, perMinute * MEGAPIXEL, cost)
      return state(remaining, resetMs)
    } catch (error) {
      if (!isKoutuError(error) || error.code !== 'RATE_LIMITED') throw error
      const { remaining, retryAfterSeconds } = error.data as { remaining: number; retryAfterSeconds: number }
      throw new KoutuError('RATE_LIMITED', {
        detail: `limit of ${perMinute} megapixels per minute exceeded: ${state(remaining, 0).remaining} are left`,
        data: { ...state(remaining, retryAfterSeconds * 1000), retryAfterSeconds },
      })
    }
  }
}

export function rateHeaders({ limit, remaining, resetAt }: MegapixelRate): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetAt),
  }
}
