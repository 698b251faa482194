// Brings to the stage what the settings make of an image: a preview at once, the full result when the hand rests.

import type { Report } from '@koutu/core/pipeline'
import { effect, signal } from '@preact/signals'
import type { JobOptions } from '../api/jobs.ts'
import { problemOf } from '../api/request.ts'
import { isReframed } from '../finish/settings.ts'
import { newStrokes, type Stroke } from '../fix/strokes.ts'
import { allOptions, cutOptions, type Version, versionOf } from '../jobs/versions.ts'
import type { Item } from '../state/items.ts'
import { panel } from '../state/stage.ts'
import type { Size } from '../view/geometry.ts'
import type { KoutuView } from '../view/koutu-view.ts'
import { previewOf } from './preview.ts'
import { strokeReached } from './stroke-times.ts'

/** The full result of the selected image as it is set; null while it is made. */
export const version = signal<Version | null>(null)
/** Why there is none. */
export const versionError = signal<{ readonly code: string; readonly detail: string } | null>(null)

/** Where the subject lies in what is shown, for a drag. */
export const framed = signal<{
  readonly size: Size
  readonly box: Size | null
  /** That it was drawn with. */
  readonly scale: number | undefined
} | null>(null)

const REST_MS = 600
/** What browsers do not show: of these the preview stays on the stage. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['psd', 'tiff', 'zip', 'avif'])

/** Follows one image until another is selected; returns what ends it. */
export function followItem(view: KoutuView, item: Item): () => void {
  let options: JobOptions = {}
  let controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isPreviewing = false
  let isEnded = false
  let isFirst = true
  let frame: Size | null = item.outcome.peek()?.report.input ?? null

  /** Another frame than before is another scene: the original has no place in it. */
  const setFrame = (size: Size) => {
    const original = isReframed(options) ? null : item.source
    if (!frame || size.width !== frame.width || size.height !== frame.height || view.isWhole !== (original !== null)) {
      frame = size
      view.setScene(original, size)
    }
  }
  /** The strokes that the shown result has. */
  let solved: readonly Stroke[] = item.strokes.peek()
  const showNewStrokes = (strokes: readonly Stroke[]) => {
    view.painted = panel.peek() === 'fix' && frame ? newStrokes(strokes, solved, frame) : []
  }
  const show = (strokes: readonly Stroke[]) => {
    solved = strokes
    showNewStrokes(item.strokes.peek())
  }
  const preview = async (): Promise<void> => {
    if (isPreviewing) return
    isPreviewing = true
    for (let shown: JobOptions | null = null; shown !== options && !isEnded; ) {
      const wanted: JobOptions = options
      const strokes = item.strokes.peek()
      const found = await previewOf(item, wanted).catch(() => null)
      shown = wanted
      // The full one may have come first.
      if (!found || isEnded || (wanted === options && version.peek())) continue
      setFrame(found)
      view.setPreview(found.bitmap, found)
      show(strokes)
      if (wanted === options) strokeReached('solved')
      framed.value = { size: found, box: boxOf(found.report, found), scale: wanted.scale }
    }
    isPreviewing = false
  }
  const finish = async (): Promise<void> => {
    const { signal } = controller
    const strokes = item.strokes.peek()
    try {
      const made = await versionOf(item, options, signal)
      if (signal.aborted) return
      version.value = made
      setFrame(made.outcome)
      framed.value = { size: made.outcome, box: boxOf(made.outcome.report, made.outcome), scale: options.scale }
      if (!(await view.setResult(made.file)) || signal.aborted) return
      show(strokes)
      strokeReached('full')
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = problemOf(error)
      versionError.value = { code, detail: message }
    }
  }
  const update = (wanted: JobOptions): void => {
    options = wanted
    controller.abort()
    controller = new AbortController()
    clearTimeout(timer)
    version.value = null
    versionError.value = null
    const isPlain = Object.keys(options).length === 0
    if (!isPlain && (!isFirst || NOT_SHOWN.has(options.format ?? 'png'))) void preview()
    timer = setTimeout(() => void finish(), isPlain || isFirst ? 0 : REST_MS)
    isFirst = false
    showNewStrokes(item.strokes.peek())
  }
  view.setScene(item.source, frame)
  let last = ''
  const stop = effect(() => {
    if (!item.outcome.value) return
    const wanted = panel.value === 'fix' ? cutOptions(item) : allOptions(item)
    const text = JSON.stringify(wanted)
    if (text === last) return
    last = text
    update(wanted)
  })
  return () => {
    stop()
    isEnded = true
    controller.abort()
    clearTimeout(timer)
    version.value = null
  }
}

/** Size of the subject in the frame: the report of a preview counts in its own pixels. */
function boxOf({ resultBox, fullSize }: Report, { width }: Size): Size | null {
  if (!resultBox) return null
  const scale = width / fullSize.width
  return { width: resultBox.width * scale, height: resultBox.height * scale }
}
