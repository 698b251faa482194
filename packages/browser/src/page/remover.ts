// The page's face of koutu: one call, or a remover that keeps its worker and network between calls.

import { KoutuError } from '@koutu/core/errors'
import type { Options as CoreOptions } from '@koutu/core/options'
import type { Ctx } from '@koutu/core/ports'
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
export type Options = { readonly [K in keyof CoreOptions]: CoreOptions[K] | string }

export interface Remover extends AsyncDisposable {
  /** Cuts the subject out of one image. Calls may overlap. Errors: any KoutuError. */
  remove(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout>
  /** Loads the network, so that the first image does not wait for it. */
  warm(options?: Options, ctx?: Ctx): Promise<void>
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
  const { settings, rest } = settingsOf(options)
  const key = JSON.stringify(settings)
  const remover = shared.get(key) ?? openRemover(settings, {})
  shared.set(key, remover)
  return remover.remove(input, rest, ctx)
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
    // The worker knows the schema, and refuses what does not fit it.
    return { ...defaults, ...options } as CoreOptions
  }
  return {
    async remove(input, given, ctx = {}) {
      const options = optionsOf(given)
      const wire = await toWireInput(input)
      const transfer = wire.type === 'bitmap' ? [wire.bitmap] : []
      return toCutout(await client.request('remove', { input: wire, options }, ctx, transfer), client)
    },
    async warm(given, ctx = {}) {
      await client.request('warm', { options: optionsOf(given) }, ctx)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      client.close()
    },
  }
}
