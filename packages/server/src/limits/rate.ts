// Requests a minute for each key, or each address where there are no keys. Counted in this process alone.

import { KoutuError } from '@koutu/core'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export interface RateLimits {
  /** Counts one request. Errors: RATE_LIMITED, with the seconds until the next minute. */
  take(who: string, perMinute: number): Promise<void>
}

export function createRateLimits(): RateLimits {
  const limiters = new Map<number, RateLimiterMemory>()
  return {
    async take(who, perMinute) {
      const limiter = limiters.get(perMinute) ?? new RateLimiterMemory({ points: perMinute, duration: 60 })
      limiters.set(perMinute, limiter)
      try {
        await limiter.consume(who)
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        throw new KoutuError('RATE_LIMITED', {
          detail: `expected at most ${perMinute} requests a minute`,
          data: { limit: perMinute, retryAfterSeconds: Math.ceil(error.msBeforeNext / 1000) },
        })
      }
    },
  }
}
