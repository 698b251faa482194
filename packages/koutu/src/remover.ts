// The library's face: one call, or a remover that keeps its worker thread, process and network between calls.

import { type CoarseAlpha, type Ctx, type GroupedOptions, KoutuError } from '@koutu/core'
import { ALPHA_DEFAULTS, type AlphaInput, plainAlpha } from './alpha-input.ts'
import { createByteBudget } from './byte-budget.ts'
import { checkCoarse, checkContext, checkSettings } from './check-arguments.ts'
import { type Cutout, type Encode, toCutout } from './cutout.ts'
import { type HostSettings, layersOf, ownBuffers } from './host-calls.ts'
import { type HostClient, openHost } from './host-client.ts'
import { startHost } from './host-thread.ts'
import { plainInput, type RemoverInput } from './inputs.ts'
import { guardListener } from './listener.ts'
import { type Options, resolve as resolveOptions } from './options.ts'

export interface RemoverSettings {
  /** Milliseconds without work after which the network's memory is let go. Default 60 000. */
  readonly idleMs?: number
  /**
   * Images in progress at once: further calls wait in order, and read nothing before. An image counts until its result is
   * there, and again while it is encoded. Default 4.
   */
  readonly concurrency?: number
  /**
   * Networks that run at the same time, each on its share of the processors and with 0.4 GB of its own. 1, the default, is
   * soonest done with one image; 2 do about a fifth more images in a time where calls overlap.
   */
  readonly lanes?: number
  /**
   * With several lanes: one more network, on all processors and with 0.4 GB of its own, for an image that is alone. It is done
   * sooner there than on its share of the processors. Default false.
   */
  readonly soloNetwork?: boolean
  /**
   * Whether one image is all: the network's memory is let go as soon as it has answered, while edges are still being
   * refined. Another image is no error, but loads the network anew. Default false.
   */
  readonly once?: boolean
  /**
   * Memory in bytes that the rest of the program needs. Images and networks are fitted into what remains where a container
   * limits memory. Default 0.
   */
  readonly reservedBytes?: number
}

export interface Remover extends AsyncDisposable {
  /** Cuts the subject out of one image. Calls may overlap. Errors: any KoutuError. */
  remove(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout>
  /**
   * Makes a result again from the same image and its `coarse`, without the network: with other hints, edges, background or
   * format. The same options give the same pixels. Model, precision and engine of the options are not used.
   * Errors: INVALID_OPTIONS where `coarse` is none, or belongs to an image of another size; any other KoutuError.
   */
  refine(input: RemoverInput, coarse: CoarseAlpha, options?: Options, ctx?: Ctx): Promise<Cutout>
  /**
   * Finishes an image with alpha of its own, without the network: foreground colors, edges, crop, background, format. The alpha may
   * have another size than the image, with the same aspect ratio. It is kept as it is: specks are removed only where `speckArea`
   * asks for it. Model, precision and engine of the options are not used.
   * Errors: INVALID_OPTIONS where `alpha` has another aspect ratio or values outside of 0 to 1; any other KoutuError.
   */
  applyAlpha(input: RemoverInput, alpha: AlphaInput, options?: Options, ctx?: Ctx): Promise<Cutout>
  /** Loads the network, so that the first image does not wait for it. */
  warm(options?: Options, ctx?: Ctx): Promise<void>
}

/**
 * A remover with defaults for its calls. Errors: INVALID_OPTIONS.
 * @example
 * await using remover = await createRemover({ crop: true })
 * const { image } = await remover.remove('photo.jpg')
 */
export async function createRemover(defaults: Options = {}, settings: RemoverSettings = {}): Promise<Remover> {
  const { engine } = resolveOptions(defaults)
  const isLocal = engine.id === 'onnx' && engine.options.device === 'cpu'
  return startRemover(defaults, checkSettings(settings), isLocal)
}

/** Of the process: development servers load a module again and again, and its thread would stay each time. */
const SHARED = Symbol.for('koutu.shared-remover')
const shared = globalThis as { [SHARED]?: Remover }

/**
 * Cuts the subject out of one image with a shared remover that lets its network go after ten idle seconds.
 * @example
 * const { image } = await removeBackground('photo.jpg')
 * await writeFile('photo.png', await image.bytes())
 */
export async function removeBackground(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout> {
  return sharedRemover(options).remove(input, options, ctx)
}

/**
 * Removes the subject and keeps the background: `removeBackground` with the option `invert`.
 * @example
 * const { image } = await removeForeground('photo.jpg')
 */
export async function removeForeground(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout> {
  return removeBackground(input, { ...options, invert: true }, ctx)
}

/**
 * Cuts an image out with alpha that was made elsewhere: a file, bytes, `cutout.alpha` or raw samples. See `Remover.applyAlpha`.
 * @example
 * const { image } = await applyAlpha('photo.jpg', 'alpha.png', { crop: true, background: 'white' })
 */
export async function applyAlpha(
  input: RemoverInput,
  alpha: AlphaInput,
  options?: Options,
  ctx?: Ctx,
): Promise<Cutout> {
  return sharedRemover(options).applyAlpha(input, alpha, options, ctx)
}

function sharedRemover(options: Options | undefined): Remover {
  const { engine = 'onnx', device = 'cpu' } = options ?? {}
  shared[SHARED] ??= startRemover({}, checkSettings({ idleMs: 10_000 }), engine === 'onnx' && device === 'cpu')
  return shared[SHARED]
}

/** What stands in for the network, if anything does. */
type Given = { readonly coarse?: CoarseAlpha } | { readonly alpha: AlphaInput }

/** `isLocal`: whether a network on the processor of this machine is the engine. */
function startRemover(defaults: Options, settings: HostSettings, isLocal: boolean): Remover {
  let host: HostClient | null = null
  let isClosed = false
  const closing = new AbortController()
  const turns = createByteBudget(settings.concurrency)
  let lastId = 0

  const call: HostClient['call'] = async (name, request, ...rest) => {
    // Reading the input took a while: the remover may have been disposed of since.
    if (isClosed) throw disposed()
    // Started at the first call, and again after a crash.
    if (!host || host.isEnded) {
      const isGiven = 'coarse' in Object(request) || 'alpha' in Object(request)
      host = openHost(startHost({ startsInference: isLocal && !isGiven }), settings)
    }
    return host.call(name, request, ...rest)
  }

  const resolve = (options: Options | undefined): GroupedOptions => {
    if (isClosed) throw disposed()
    return resolveOptions({ ...defaults, ...options })
  }

  /** Where the codec is loaded already; here, once the thread has gone. */
  const encode = async (id: number, ...[raster, request]: Parameters<Encode>): ReturnType<Encode> => {
    if (!isClosed) {
      // A result holds more memory than any call that waits.
      const leave = turns.occupy(1)
      return call('encode', { id, raster, request }, {}, ownBuffers(raster.data, ...layersOf(request))).finally(leave)
    }
    const { createSharpCodec } = await import('@koutu/node/codec')
    return { bytes: await createSharpCodec().encode(raster, request, {}), raster, layers: request.layers }
  }

  /** Reads the input, and has the thread work on it. */
  const work = async (
    id: number,
    input: RemoverInput,
    given: Given,
    options: GroupedOptions,
    ctx: Ctx,
    signal: AbortSignal,
  ) => {
    const { maxBytes } = options.limits
    const plain = await plainInput(input, maxBytes, signal)
    const found = 'alpha' in given ? { alpha: await plainAlpha(given.alpha, maxBytes, signal) } : given
    const own = [plain, 'alpha' in found ? found.alpha : plain].flatMap((one) =>
      'bytes' in one && one.isOwn ? [one.bytes] : [],
    )
    return call('remove', { id, input: plain, options, ...found }, ctx, ownBuffers(...own))
  }

  const cut = async (input: RemoverInput, given: Given, options: Options | undefined, outer: Ctx): Promise<Cutout> => {
    const { ctx, warnings } = guardListener(checkContext(outer))
    const resolved = resolve('alpha' in given ? { ...ALPHA_DEFAULTS, ...defaults, ...options } : options)
    // An input that stalls must not outlive the remover.
    const signal = ctx.signal ? AbortSignal.any([ctx.signal, closing.signal]) : closing.signal
    const leave = await turns.take(1, signal)
    const id = lastId++
    try {
      const result = await work(id, input, given, resolved, ctx, signal)
      const report = { ...result.report, warnings: [...result.report.warnings, ...warnings] }
      return toCutout({ ...result, report }, (...file) => encode(id, ...file))
    } finally {
      // The caller goes on first: encoding this result comes before another image.
      setImmediate(() => {
        leave()
        if (host && !host.isEnded) host.call('settle', { id }).catch(() => {})
      })
    }
  }

  return {
    remove: (input, options, ctx = {}) => cut(input, {}, options, ctx),
    async refine(input, coarse, options, ctx = {}) {
      checkCoarse(coarse)
      return cut(input, { coarse }, options, ctx)
    },
    applyAlpha: (input, alpha, options, ctx = {}) => cut(input, { alpha }, options, ctx),
    async warm(options, ctx = {}) {
      await call('warm', { options: resolve(options) }, guardListener(checkContext(ctx)).ctx)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      closing.abort()
      if (!host || host.isEnded) return
      await host.call('close', null)
      await host.end(disposed())
    },
  }
}

function disposed(): KoutuError {
  return new KoutuError('ABORTED', { detail: 'the remover is disposed' })
}
