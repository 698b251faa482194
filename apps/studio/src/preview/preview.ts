// Results at once: the worker of @koutu/browser makes them from a small copy of the image and what the network found in it,
// with the same code that makes the full one. Nothing is loaded before somebody changes something.

import type { CoarseAlpha } from '@koutu/browser'
import type { Report } from '@koutu/core/pipeline'
import type { JobOptions } from '../api/jobs.ts'
import { backgroundImage } from '../finish/background-image.ts'
import { coarseOf } from '../jobs/coarse.ts'
import { openSolver } from '../jobs/on-device.ts'
import type { Item } from '../state/items.ts'
import { scaledOptions } from './scaled-options.ts'

export interface Preview {
  readonly bitmap: ImageBitmap
  /** Sides of the result in pixels of the full one. */
  readonly width: number
  readonly height: number
  readonly report: Report
}

interface Guide {
  readonly bitmap: ImageBitmap
  readonly coarse: CoarseAlpha
  /** Sides of the copy by those of the image. */
  readonly scale: number
}

const GUIDE_SIDE = 640
/** Previews that are kept, so that undo and redo show at once. */
const KEPT = 12

let current: {
  readonly item: Item
  readonly guide: Promise<Guide>
  readonly made: Map<string, Preview>
  readonly psdRates: Map<string, Promise<number>>
} | null = null

/** Errors: KoutuError; where the browser does not read the image or the files are missing. The bitmap is this module's. */
export async function previewOf(item: Item, options: JobOptions): Promise<Preview> {
  const guide = guideFor(item)
  const { made } = current!
  const key = JSON.stringify(options)
  const preview = made.get(key) ?? (await makePreview(await guide, options))
  made.delete(key)
  made.set(key, preview)
  const [oldest] = made.keys()
  if (made.size > KEPT && oldest !== undefined) {
    made.get(oldest)!.bitmap.close()
    made.delete(oldest)
  }
  return preview
}

async function makePreview({ bitmap, coarse, scale }: Guide, options: JobOptions): Promise<Preview> {
  const { image, report } = await (await openSolver()).refine(
    bitmap,
    coarse,
    scaledOptions(withSmallBackground(options), scale),
  )
  const { canvas } = options
  const full = (length: number) => Math.round(length / scale)
  return {
    bitmap: await image.bitmap(),
    width: canvas?.unit === 'px' ? canvas.width : full(image.width),
    height: canvas?.unit === 'px' ? canvas.height : full(image.height),
    report,
  }
}

/** Bytes that a pixel takes in a PSD file with its layers, of the same copy. Errors: as `previewOf`. */
export function psdRateOf(item: Item, { format, lossyQuality, ...options }: JobOptions): Promise<number> {
  const guide = guideFor(item)
  const { psdRates } = current!
  const key = JSON.stringify(options)
  const rate = psdRates.get(key) ?? guide.then((known) => makePsdRate(known, options))
  psdRates.clear()
  psdRates.set(key, rate)
  return rate
}

async function makePsdRate({ bitmap, coarse, scale }: Guide, options: JobOptions): Promise<number> {
  const small = scaledOptions(withSmallBackground(options), scale)
  const { image } = await (await openSolver()).refine(bitmap, coarse, { ...small, format: 'psd' })
  return (await image.blob()).size / (image.width * image.height)
}

function withSmallBackground(options: JobOptions): JobOptions {
  const image = options.background?.type === 'picture' ? backgroundImage.peek() : null
  return image ? { ...options, background: { type: 'picture', source: image.small } } : options
}

function guideFor(item: Item): Promise<Guide> {
  if (current?.item !== item) {
    current?.guide.then(({ bitmap }) => bitmap.close()).catch(() => {})
    for (const { bitmap } of current?.made.values() ?? []) bitmap.close()
    const guide = makeGuide(item)
    current = { item, guide, made: new Map(), psdRates: new Map() }
    guide.catch(() => {
      if (current?.guide === guide) current = null
    })
  }
  return current!.guide
}

async function makeGuide(item: Item): Promise<Guide> {
  const input = item.outcome.peek()?.report.input
  if (!item.source || !input) throw new Error('the image is not here')
  const scale = Math.min(1, GUIDE_SIDE / Math.max(input.width, input.height))
  const [width, height] = [input.width, input.height].map((side) => Math.max(1, Math.round(side * scale)))
  const size = { width: width!, height: height! }
  const [bitmap, alpha] = await Promise.all([
    createImageBitmap(item.source, { resizeWidth: width!, resizeHeight: height!, resizeQuality: 'high' }),
    coarseOf(item),
  ])
  const { engine, model, precision } = item.outcome.peek()!.report
  const coarse: CoarseAlpha = {
    ...alpha,
    box: { left: 0, top: 0, ...size },
    image: size,
    engine,
    model,
    precision,
    warnings: [],
  }
  return { bitmap, coarse, scale }
}
