// <koutu-view>: the image on the stage, original and cutout above each other, with zoom and pan. It knows bitmaps and gestures
// and nothing of jobs. Events: `viewchange` after each drawing.

import type { Backdrop } from './backdrop.ts'
import { bitmapSource } from './bitmap-source.ts'
import { attachBrush, type Brush } from './brush.ts'
import {
  bounded,
  boundedScale,
  fitted,
  imageBox,
  type Placement,
  type Point,
  type Rect,
  type Size,
  visibleRect,
  zoomedAt,
} from './geometry.ts'
import { attachGestures } from './gestures.ts'
import { type ImageSource, openImageSource } from './image-source.ts'
import type { PaintedStroke } from './painted.ts'
import { attachRectangle } from './rectangle.ts'
import { type Reveal, startReveal } from './reveal.ts'
import { Scene, type Show } from './scene.ts'

const MAX_CANVAS_PIXELS = 16.7e6
const ZOOM_STEP = 1.25
/** Beside the image: half of the handle that compares. */
const HANDLE_ROOM = 20

export class KoutuView extends HTMLElement {
  #original: HTMLCanvasElement | null = null
  #result: HTMLCanvasElement | null = null
  readonly #scene = new Scene()
  #placement: Placement | null = null
  #isFitted = true
  #frame = 0
  #observer: ResizeObserver | null = null
  #detach: (() => void)[] = []
  #brush: Brush | null = null
  #isHandHeld = false
  #reveal: Reveal | null = null
  #placesSubject = false
  #marksRectangle = false

  connectedCallback(): void {
    const canvas = (name: string) => {
      const element = document.createElement('canvas')
      element.className = name
      return element
    }
    this.#original = canvas('original')
    this.#result = canvas('result')
    const overlay = canvas('overlay')
    this.replaceChildren(this.#original, this.#result, overlay)
    this.#observer = new ResizeObserver(() => {
      if (this.#isFitted) this.#placement = null
      this.redraw()
    })
    this.#observer.observe(this)
    this.#detach = [attachGestures(this), attachBrush(this, overlay), attachRectangle(this)]
  }

  disconnectedCallback(): void {
    this.#observer?.disconnect()
    for (const detach of this.#detach) detach()
    cancelAnimationFrame(this.#frame)
    this.setScene(null, null)
  }

  /**
   * Another image, or the same one in another frame. `size` is its own, where it is known before the browser has read it; a
   * bitmap stands for an image of that size.
   */
  setScene(original: Blob | null, size: Size | null): void
  setScene(original: ImageBitmap, size: Size): void
  setScene(original: Blob | ImageBitmap | null, size: Size | null): void {
    this.#scene.close()
    this.#scene.original =
      original instanceof ImageBitmap
        ? bitmapSource(original, size!)
        : original && openImageSource(original, () => this.redraw())
    this.#scene.size = size
    this.fit()
    this.#scene.original?.ready.then(
      (found) => this.#learn(found),
      () => this.dispatchEvent(new CustomEvent('unreadable')),
    )
  }

  /** Strokes that the result does not have yet: they show at once what they do. */
  set painted(strokes: readonly PaintedStroke[]) {
    this.#scene.painted = strokes
    this.redraw()
  }

  /** The cutout, from a file. The old one stays until there is something to show in its place. Gives whether it is shown. */
  async setResult(result: Blob): Promise<boolean> {
    const old = this.#scene.result
    const source = openImageSource(result, () => this.redraw())
    const found = await source.ready.catch(() => null)
    if (!found || old !== this.#scene.result) {
      source.close()
      return false
    }
    this.#replace(source)
    this.#learn(found)
    if (!old) this.#reveal = startReveal(source, found)
    return true
  }

  /** A cutout for now, that stands for one of `size`. The bitmap stays the caller's. */
  setPreview(bitmap: ImageBitmap, size: Size): void {
    this.#replace(bitmapSource(bitmap, size))
    this.#learn(size)
  }

  #replace(source: ImageSource): void {
    this.#scene.result?.close()
    this.#scene.result = source
  }

  #learn(found: Size): void {
    this.#scene.size ??= found
    this.redraw()
  }

  set show(value: Show) {
    this.#scene.show = value
    this.dataset.show = value
    this.redraw()
  }

  set backdrop(value: Backdrop) {
    this.#scene.backdrop = value
    this.redraw()
  }

  /** Over what is removed, where `show` is `overlay`. */
  set overlayColor(value: string) {
    this.#scene.overlayColor = value
    this.redraw()
  }

  set brush(brush: Brush | null) {
    this.#brush = brush
    this.#markTool()
  }

  get brush(): Brush | null {
    return this.#brush
  }

  /** Moves the image whatever brush is chosen. */
  set isHandHeld(value: boolean) {
    this.#isHandHeld = value
    this.#markTool()
  }

  /** A drag moves the subject, not the view: it is told as `place`. */
  set placesSubject(value: boolean) {
    this.#placesSubject = value
    this.toggleAttribute('data-placing', value)
  }

  get isPlacing(): boolean {
    return this.#placesSubject && !this.#isHandHeld
  }

  /** A drag draws a rectangle: it is told as `rectangle`. */
  set marksRectangle(value: boolean) {
    this.#marksRectangle = value
    this.toggleAttribute('data-marking', value)
  }

  get isMarking(): boolean {
    return this.#marksRectangle && !this.#isHandHeld
  }

  get isPainting(): boolean {
    return this.#brush !== null && !this.#isHandHeld
  }

  #markTool(): void {
    this.toggleAttribute('data-tool', this.isPainting)
    this.dispatchEvent(new CustomEvent('brushchange'))
  }

  get placement(): Placement | null {
    return this.#placement
  }

  /** Whether there is an original to compare with. */
  get isWhole(): boolean {
    return this.#scene.original !== null
  }

  get hasOriginal(): boolean {
    return Boolean(this.#scene.original?.size)
  }

  get hasResult(): boolean {
    return Boolean(this.#scene.result?.size)
  }

  /** What of the image is in sight, in CSS pixels of the element. */
  get imageRect(): Rect | null {
    const { size } = this.#scene
    return this.#placement && size ? visibleRect(this.#placement, size, this.#window) : null
  }

  get #window(): Size {
    return { width: this.clientWidth, height: this.clientHeight }
  }

  fit(): void {
    this.#isFitted = true
    this.#placement = null
    this.redraw()
  }

  /** Around `at`, or the center of the element. `scale` image to CSS pixels. */
  zoomTo(scale: number, at?: Point): void {
    if (!this.#placement || !this.#scene.size) return
    const window = this.#window
    const around = at ?? { x: window.width / 2, y: window.height / 2 }
    const wanted = boundedScale(scale, this.#scene.size, window)
    this.#move(zoomedAt(this.#placement, wanted, around))
  }

  zoomBy(factor: number, at?: Point): void {
    if (this.#placement) this.zoomTo(this.#placement.scale * factor, at)
  }

  zoomIn(): void {
    this.zoomBy(ZOOM_STEP)
  }

  zoomOut(): void {
    this.zoomBy(1 / ZOOM_STEP)
  }

  /** As another view of the same image shows it. */
  moveTo({ scale, x, y }: Placement): void {
    const from = this.#placement
    if (from && from.scale === scale && from.x === x && from.y === y) return
    this.#move({ scale, x, y })
  }

  panBy(dx: number, dy: number): void {
    const from = this.#placement
    if (from) this.#move({ scale: from.scale, x: from.x + dx, y: from.y + dy })
  }

  #move(placement: Placement): void {
    if (!this.#scene.size) return
    this.#isFitted = false
    this.#placement = bounded(placement, this.#scene.size, this.#window)
    this.redraw()
  }

  redraw(): void {
    if (this.#frame || !this.isConnected) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  #draw(): void {
    const window = this.#window
    if (!this.#original || !this.#result || window.width === 0 || window.height === 0) return
    const ratio = Math.min(devicePixelRatio, Math.sqrt(MAX_CANVAS_PIXELS / (window.width * window.height)))
    const before = contextOf(this.#original, window, ratio)
    const after = contextOf(this.#result, window, ratio)
    const { size } = this.#scene
    if (size) {
      this.#placement ??= fitted(size, window, window.width < 600 ? HANDLE_ROOM : 24)
      const frame = { placement: this.#placement, window, ratio, isMain: true }
      this.#scene.drawOriginal(before, frame)
      this.#scene.drawResult(after, frame)
      if (this.#reveal) this.#continueReveal(after, imageBox(this.#placement, size))
    }
    this.toggleAttribute('data-bare', !this.#scene.result?.size)
    this.dispatchEvent(new CustomEvent('viewchange'))
  }

  #continueReveal(context: CanvasRenderingContext2D, at: Rect): void {
    if (this.#reveal!.isOver) this.#reveal = null
    else {
      this.#reveal!.apply(context, at)
      this.redraw()
    }
    this.toggleAttribute('data-reveal', this.#reveal !== null)
  }

  /** As the view shows it, at another placement: for a loupe. */
  drawAt(context: CanvasRenderingContext2D, placement: Placement): void {
    const frame = { placement, window: this.#window, ratio: 1, isMain: false }
    if (this.#scene.show === 'original' || !this.hasResult) this.#scene.drawOriginal(context, frame)
    else {
      const { canvas } = context
      const layer = new OffscreenCanvas(canvas.width, canvas.height).getContext(
        '2d',
      ) as unknown as CanvasRenderingContext2D
      layer.setTransform(context.getTransform())
      this.#scene.drawResult(layer, frame)
      context.save()
      context.resetTransform()
      context.drawImage(layer.canvas, 0, 0)
      context.restore()
    }
  }
}

/** Cleared, of the window's size, measured in CSS pixels. */
function contextOf(canvas: HTMLCanvasElement, window: Size, ratio: number): CanvasRenderingContext2D {
  const [width, height] = [Math.round(window.width * ratio), Math.round(window.height * ratio)]
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')!
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, window.width, window.height)
  return context
}

customElements.define('koutu-view', KoutuView)
