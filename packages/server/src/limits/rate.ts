// What one key, or one address where there are no keys, may use up in a minute. Counted in this process alone.

import { KoutuError } from '@koutu/core'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

interface RateState {
  readonly remaining: number
  /** Until all of it is there again. */
  readonly resetMs: number
}

export interface RateLimits {
  /** Takes one, or `cost`, or nothing. Errors: RATE_LIMITED, with the seconds until the next minute, and its Unix time. */
  take(who: string, perMinute: number, cost?: number): Promise<RateState>
}

export function createRateLimits(nowMs: () => number): RateLimits {
  const limiters = new Map<number, RateLimiterMemory>()
  return {
    async take(who, perMinute, cost = 1) {
      const limiter = limiters.get(perMinute) ?? new RateLimiterMemory({ points: perMinute, duration: 60 })
      limiters.set(perMinute, limiter)
      try {
        const { remainingPoints: remaining, msBeforeNext: resetMs } = await limiter.consume(who, cost)
        return { remaining, resetMs }
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        // Counted although refused: a costly request that is sent away must not use up what cheaper ones could have.
        const { remainingPoints: remaining } = await limiter.reward(who, cost)
        const retryAfterSeconds = Math.ceil(error.msBeforeNext / 1000)
        const resetAt = Math.ceil((nowMs() + error.msBeforeNext) / 1000)
        throw new KoutuError('RATE_LIMITED', {
          detail: `limit of ${perMinute} requests per minute exceeded`,
          data: { limit: perMinute, remaining, retryAfterSeconds, resetAt },
        })
      }
    },
  }
}
