// Retries what may be retried: lost connections, overload, and rejections that the code table marks as transient.

import { isKoutuError, type KoutuError, throwIfAborted } from '@koutu/core'
import type { DreaminaStep } from '../wire/requests.ts'
import { type DreaminaCtx, type ResolvedConfig, randomFraction } from './config.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/** The answer did not come: what was asked for may have happened or not. */
export function isLost(error: unknown): boolean {
  if (!isKoutuError(error) || error.data.expired === true) return false
  return error.code === 'FETCH_FAILED' || error.code === 'FETCH_TIMEOUT'
}

/** A clear no that may be a yes later. */
export function isPassing(error: unknown): boolean {
  return isKoutuError(error) && (error.code === 'ENGINE_BUSY' || error.data.retry === true)
}

/** Waits before try number `attempt` + 1: doubling, spread over the upper half, at least what the service asked for. */
export async function backOff(
  config: ResolvedConfig,
  attempt: number,
  error: unknown,
  ctx: DreaminaCtx,
): Promise<void> {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
  const { code, data } = error as KoutuError
  const asked = Number(data.retryAfterMs ?? 0)
  const waitMs = Math.round(Math.max(asked, full * (0.5 + randomFraction(config.ports.randomBytes) / 2)))
  ctx.onEvent?.({ type: 'retry', step: data.step as DreaminaStep, attempt, waitMs, code })
  await pause(config, waitMs, ctx)
}

/** Sleeps; a fired signal is ABORTED. */
export async function pause(config: ResolvedConfig, waitMs: number, ctx: DreaminaCtx): Promise<void> {
  throwIfAborted(ctx.signal)
  try {
    await config.ports.sleep(waitMs, ctx.signal)
  } catch (error) {
    throwIfAborted(ctx.signal)
    throw error
  }
  throwIfAborted(ctx.signal)
}

/** Runs work that has no price and may be repeated, up to `limits.attempts` times. */
export async function repeat<T>(config: ResolvedConfig, ctx: DreaminaCtx, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(ctx.signal)
    try {
      return await work()
    } catch (error) {
      if (attempt >= config.limits.attempts || !(isLost(error) || isPassing(error))) throw error
      await backOff(config, attempt, error, ctx)
    }
  }
}
