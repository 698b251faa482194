// The page's face of koutu: one call, or a remover that keeps its worker and network between calls.

import { KoutuError } from '@koutu/core/errors'
import type { Options as CoreOptions, OptionsOr, OptionText } from '@koutu/core/options'
import type { CoarseAlpha } from '@koutu/core/pipeline'
import type { Ctx } from '@koutu/core/ports'
import { CACHE_NAME } from '../files/cache-name.ts'
import type { Device } from '../messages.ts'
import { createClient } from './client.ts'
import { type Cutout, toCutout } from './cutout.ts'
import { pageUrl, type RemoverInput, toWireInput } from './inputs.ts'
import { openWorker } from './open-worker.ts'

export interface BrowserOptions {
  /** URL of the folder that `koutu browser-assets` wrote. Default `/koutu/`. */
  readonly baseUrl?: string | URL
  /** What runs the network. `auto` takes the fastest that works. Default `auto`. */
  readonly device?: Device
  /** Milliseconds without calls after which the worker and its memory are let go. Default 60,000. */
  readonly idleMs?: number
}

/** Values of their own types, or in the text forms of the command: `margin: '5%'`, `background: 'white'`. */
export type Options = OptionsOr<OptionText>

export interface Remover extends AsyncDisposable {
  /** Cuts the subject out of one image. Calls may overlap. Errors: any KoutuError. */
  remove(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout>
  /**
   * Makes a result again from the same image and its `coarse`, without the network: with other hints, edges, background or
   * format. The same options give the same pixels.
   * Errors: INVALID_OPTIONS where `coarse` belongs to an image of another size; any other KoutuError.
   */
  refine(input: RemoverInput, coarse: CoarseAlpha, options?: Options, ctx?: Ctx): Promise<Cutout>
  /** Loads the network, so that the first image does not wait for it. */
  warm(options?: Options, ctx?: Ctx): Promise<void>
  /** Downloads what these options need into the browser's cache. */
  preload(options?: Options, ctx?: Ctx): Promise<void>
  /** Whether nothing would have to be downloaded for these options. */
  cached(options?: Options): Promise<boolean>
}

/**
 * A remover with defaults for its calls.
 * @example
 * await using remover = await createRemover({ crop: true })
 * const { image } = await remover.remove(file)
 */
export async function createRemover(options: Options & BrowserOptions = {}): Promise<Remover> {
  const { settings, rest } = settingsOf(options)
  return openRemover(settings, rest)
}

const shared = new Map<string, Remover>()

/**
 * Cuts the subject out of one image with a shared remover.
 * @example
 * const { image } = await removeBackground(file)
 * img.src = URL.createObjectURL(await image.blob())
 */
export async function removeBackground(
  input: RemoverInput,
  options: Options & BrowserOptions = {},
  ctx: Ctx = {},
): Promise<Cutout> {
  const { remover, rest } = sharedFor(options)
  return remover.remove(input, rest, ctx)
}

/**
 * Downloads what these options need into the browser's cache, for a later call or for use without network.
 * `persist` asks the browser to keep it when space runs out.
 */
export async function preload(
  options: Options & BrowserOptions & { readonly persist?: boolean } = {},
  ctx: Ctx = {},
): Promise<void> {
  const { persist, ...others } = options
  const { remover, rest } = sharedFor(others)
  if (persist) await navigator.storage?.persist?.()
  await remover.preload(rest, ctx)
}

/** Whether nothing would have to be downloaded for these options. */
export async function cached(options: Options & BrowserOptions = {}): Promise<boolean> {
  const { remover, rest } = sharedFor(options)
  return remover.cached(rest)
}

/** Deletes everything that koutu has downloaded for this origin. */
export async function clear(): Promise<void> {
  await globalThis.caches?.delete(CACHE_NAME)
}

function sharedFor(options: Options & BrowserOptions): { remover: Remover; rest: Options } {
  const { settings, rest } = settingsOf(options)
  const key = JSON.stringify(settings)
  const remover = shared.get(key) ?? openRemover(settings, {})
  shared.set(key, remover)
  return { remover, rest }
}

type Settings = Readonly<Record<'baseUrl', string> & Required<Pick<BrowserOptions, 'device' | 'idleMs'>>>

function settingsOf(options: Options & BrowserOptions): { settings: Settings; rest: Options } {
  const { baseUrl = '/koutu/', device = 'auto', idleMs = 60_000, ...rest } = options
  const { href } = new URL(baseUrl, pageUrl())
  return { settings: { baseUrl: href.endsWith('/') ? href : `${href}/`, device, idleMs }, rest }
}

function openRemover(settings: Settings, defaults: Options): Remover {
  const client = createClient(() => openWorker(settings), settings.idleMs)
  let isClosed = false
  const optionsOf = (options: Options | undefined) => {
    if (isClosed) throw new KoutuError('ABORTED', { detail: 'the remover has been disposed of' })
    try {
      // The worker knows the schema, and refuses what does not match it.
      return structuredClone({ ...defaults, ...options }) as CoreOptions
    } catch (cause) {
      throw new KoutuError('INVALID_OPTIONS', { detail: 'expected plain values', cause })
    }
  }
  const cut = async (
    input: RemoverInput,
    coarse: CoarseAlpha | undefined,
    given: Options | undefined,
    ctx: Ctx,
  ): Promise<Cutout> => {
    const options = optionsOf(given)
    const wire = await toWireInput(input)
    // A bitmap is handed over like a buffer.
    const transfer = wire.type === 'bitmap' ? [wire.bitmap as unknown as ArrayBuffer] : []
    return toCutout(await client.call('remove', { input: wire, options, coarse }, ctx, transfer), client)
  }
  return {
    remove: (input, options, ctx = {}) => cut(input, undefined, options, ctx),
    refine: (input, coarse, options, ctx = {}) => cut(input, coarse, options, ctx),
    async warm(given, ctx = {}) {
      await client.call('warm', { options: optionsOf(given) }, ctx)
    },
    async preload(given, ctx = {}) {
      await client.call('preload', { options: optionsOf(given) }, ctx)
    },
    cached: async (given) => client.call('cached', { options: optionsOf(given) }),
    async [Symbol.asyncDispose]() {
      isClosed = true
      client.close()
    },
  }
}
