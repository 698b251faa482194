// Images that stay in this browser: @koutu/browser finds the subject and makes every version of the result. Loaded when the
// first one comes.

import type { CoarseAlpha, Remover } from '@koutu/browser'
import { batch } from '@preact/signals'
import type { JobOptions } from '../api/jobs.ts'
import { backgroundImage } from '../finish/background-image.ts'
import type { Item, Outcome } from '../state/items.ts'
import { createSlots } from './slots.ts'

/** Networks and their runtime, beside worker and kernels. */
const ASSETS = 'assets/'
/** Worker and kernels alone: the page's own, which need no network. */
const SOLVER = 'studio/'

const slots = createSlots(1)
const found = new Map<string, CoarseAlpha>()
const removers = new Map<string, Promise<Remover>>()

function open(folder: string): Promise<Remover> {
  const opening =
    removers.get(folder) ??
    import('@koutu/browser').then(({ createRemover }) => createRemover({ baseUrl: new URL(folder, document.baseURI) }))
  removers.set(folder, opening)
  return opening
}

/** Makes results from what a network has found. */
export const openSolver = (): Promise<Remover> => open(SOLVER)

export interface Made {
  readonly file: Blob
  readonly outcome: Outcome
}

/** Runs the network on an image. Errors: KoutuError; what `signal` throws. */
export function runOnDevice(item: Item, signal: AbortSignal): Promise<Made> {
  return slots.run(async () => {
    const cutout = await remove(
      item,
      {},
      {
        signal,
        onEvent(event) {
          if (event.type === 'model') show(item, 'loading', event.total ? event.done / event.total : 0)
          else if (event.type === 'progress') show(item, 'running', event.fraction)
        },
      },
    )
    if (cutout.coarse) found.set(item.id, cutout.coarse)
    return made(cutout)
  }, signal)
}

/** As `runOnDevice`, with other options, for a look: what the page works on stays. */
export const removeOnDevice = (item: Item, options: JobOptions, signal: AbortSignal): Promise<Made> =>
  slots.run(async () => made(await remove(item, options, { signal })), signal)

async function remove({ source }: Item, options: JobOptions, ctx: Parameters<Remover['remove']>[2]) {
  if (!source) throw new Error('the image is not here')
  return (await open(ASSETS)).remove(source, options, ctx)
}

/** Another version, without the network. Errors: KoutuError; what `signal` throws. */
export async function refineOnDevice(item: Item, options: JobOptions, signal: AbortSignal): Promise<Made> {
  const coarse = found.get(item.id)
  if (!item.source || !coarse) throw new Error('the image is not here')
  return made(await (await openSolver()).refine(item.source, coarse, await withBackground(options), { signal }))
}

/** The bytes of an image behind the subject, which options name only. */
async function withBackground(options: JobOptions): Promise<JobOptions> {
  const image = options.background?.type === 'picture' ? backgroundImage.peek() : null
  if (!image) return options
  return { ...options, background: { type: 'picture', source: new Uint8Array(await image.file.arrayBuffer()) } }
}

export const coarseOnDevice = (item: Item): CoarseAlpha | null => found.get(item.id) ?? null

export const forgetOnDevice = (item: Item): void => void found.delete(item.id)

function show(item: Item, status: 'loading' | 'running', progress: number): void {
  batch(() => {
    item.status.value = status
    item.progress.value = progress
  })
}

async function made({ image, report }: Awaited<ReturnType<Remover['remove']>>): Promise<Made> {
  const file = await image.blob()
  const { width, height } = image
  return { file, outcome: { width, height, bytes: file.size, contentType: file.type, report } }
}
