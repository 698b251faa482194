// Arguments of the library that types cannot hold programs in JavaScript to. Errors: INVALID_OPTIONS.

import { type CoarseAlpha, type Ctx, invalidOptions, resolveWith } from '@koutu/core'
import * as z from '@koutu/core/zod'
import type { RemoverSettings } from './remover.ts'

/** Images in progress at once by default. More do not help: they wait for the network. */
const CONCURRENCY = 4

const Settings = z.strictObject({
  // zod has no number that may be infinite.
  concurrency: z
    .custom<number>((given) => given === Number.POSITIVE_INFINITY || (Number.isInteger(given) && Number(given) >= 1), {
      error: 'Expected an integer of 1 or more, or Infinity',
    })
    .default(CONCURRENCY),
  idleMs: z.number().min(0).default(60_000),
  lanes: z.number().int().min(1).default(1),
  soloNetwork: z.boolean().default(false),
  once: z.boolean().default(false),
  reservedBytes: z.number().min(0).default(0),
})

export function checkSettings(settings: RemoverSettings): Required<RemoverSettings> {
  return resolveWith(Settings, settings)
}

/** Where there is none, the network would run instead. */
export function checkCoarse(coarse: CoarseAlpha): void {
  const { data, width, height, box, image } = (coarse ?? {}) as Partial<CoarseAlpha>
  if (data && box && image && width && height && data.length === width * height) return
  throw invalidOptions([{ path: 'coarse', message: `Expected the coarse of a result but received ${kindOf(coarse)}` }])
}

/** A context as this realm takes it: jsdom has signals of its own, which `AbortSignal.any` refuses. */
export function checkContext(ctx: Ctx | null | undefined): Ctx {
  const { signal, ...rest } = ctx ?? {}
  if (signal === undefined || signal === null) return rest
  if (signal instanceof AbortSignal) return { ...rest, signal }
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>
  if (typeof aborted !== 'boolean' || typeof addEventListener !== 'function')
    throw invalidOptions([{ path: 'signal', message: `Expected an AbortSignal but received ${kindOf(signal)}` }])
  return { ...rest, signal: followed(signal) }
}

function followed(signal: AbortSignal): AbortSignal {
  if (signal.aborted) return AbortSignal.abort(signal.reason)
  const own = new AbortController()
  signal.addEventListener('abort', () => own.abort(signal.reason), { once: true })
  return own.signal
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'an object') : String(value)
}
