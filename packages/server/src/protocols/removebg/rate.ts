// remove.bg's rate: 500 pictures of one megapixel in a minute. One of n megapixels counts as n of them, and at least as one.

import { isKoutuError, KoutuError } from '@koutu/core'
import { createRateLimits } from '../../limits/rate.ts'

const MEGAPIXELS_PER_MINUTE = 500
const MEGAPIXEL = 1e6

export interface MegapixelRate {
  /** Whole megapixels that are left. */
  readonly remaining: number
  /** Unix seconds. */
  readonly resetAt: number
}

/** Errors: RATE_LIMITED. */
export type TakeMegapixels = (who: string, pixels: number) => Promise<MegapixelRate>

export function createMegapixelRates(nowMs: () => number): TakeMegapixels {
  const limits = createRateLimits()
  const state = (remainingPixels: number, resetMs: number): MegapixelRate => ({
    remaining: Math.floor(remainingPixels / MEGAPIXEL),
    resetAt: Math.ceil((nowMs() + resetMs) / 1000),
  })
  return async (who, pixels) => {
    const cost = Math.max(MEGAPIXEL, pixels)
    try {
      const { remaining, resetMs } = await limits.take(who, MEGAPIXELS_PER_MINUTE * MEGAPIXEL, cost)
      return state(remaining, resetMs)
    } catch (error) {
      if (!isKoutuError(error) || error.code !== 'RATE_LIMITED') throw error
      const { remaining, retryAfterSeconds } = error.data as { remaining: number; retryAfterSeconds: number }
      throw new KoutuError('RATE_LIMITED', {
        detail: `expected at most ${MEGAPIXELS_PER_MINUTE} megapixels a minute, of which ${state(remaining, 0).remaining} are left`,
        data: { ...state(remaining, retryAfterSeconds * 1000), retryAfterSeconds },
      })
    }
  }
}

/** What a refusal says of the rate, where the rate was the reason. */
export function rateOf({ data: { remaining, resetAt } }: KoutuError): MegapixelRate | null {
  return typeof remaining === 'number' && typeof resetAt === 'number' ? { remaining, resetAt } : null
}

export function rateHeaders({ remaining, resetAt }: MegapixelRate): Record<string, string> {
  return {
    'x-ratelimit-limit': String(MEGAPIXELS_PER_MINUTE),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetAt),
  }
}
