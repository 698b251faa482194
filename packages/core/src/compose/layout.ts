// Position of an image on the canvas of its result: crop and margins, scale and position of the subject, maximum size. Geometry
// only; place.ts moves the pixels.

import type { Box, Size } from '../pixels/raster.ts'

/** In px, or in % of the subject: of its height above and below, of its width at its sides. */
interface Measure {
  readonly value: number
  readonly unit: 'px' | '%'
}

/** In the order of CSS: one for all; above and below, at both sides; top, right, bottom, left. */
export type Margin = Measure | readonly [Measure, Measure] | readonly [Measure, Measure, Measure, Measure]

/** Where the photo has the subject, in the middle, or the share in % of the free space that lies left of it and above it. */
type Position = 'original' | 'center' | { readonly x: number; readonly y: number }

/** Sides in px, or their ratio. */
interface Canvas extends Size {
  readonly unit: 'px' | 'ratio'
}

/** A canvas of `width` x `height`, and the image on it: a point (x, y) of the image lies at (left + scaleX x, top + scaleY y). */
export interface Layout extends Size {
  readonly left: number
  readonly top: number
  /** The two differ only as far as whole pixels ask for it. */
  readonly scaleX: number
  readonly scaleY: number
}

export interface LayoutOptions {
  readonly crop: boolean
  readonly margin: Margin
  readonly canvas?: Canvas | undefined
  /** Share of the canvas in %. */
  readonly scale?: number | undefined
  readonly position?: Position | undefined
  readonly maxOutputPixels?: number | undefined
}

/** What floating point may leave over or short of a whole number. */
const EPSILON = 1e-9

/** `bounds` hold the subject and its shadow, in the image's pixels and perhaps beyond its border; without any nothing is cropped or moved. */
export function layOut(picture: Size, bounds: Box | null, options: LayoutOptions): Layout {
  const whole: Box = { left: 0, top: 0, width: picture.width, height: picture.height }
  const cropped = options.crop && bounds ? withMargin(bounds, options.margin) : whole
  const cut = options.canvas ? extended(cropped, options.canvas) : cropped
  const full = options.canvas?.unit === 'px' ? options.canvas : cut
  const { width, height } = fitPixels(full, options.maxOutputPixels ?? Number.POSITIVE_INFINITY)
  const fitted: Layout = {
    width,
    height,
    scaleX: width / cut.width,
    scaleY: height / cut.height,
    left: 0 - (cut.left * width) / cut.width,
    top: 0 - (cut.top * height) / cut.height,
  }
  return bounds && isMoved(options) ? move(fitted, bounds, cut, options) : fitted
}

/** Whether the subject is asked to be anywhere but where the photo has it. */
export function isMoved({ scale, position }: Pick<LayoutOptions, 'scale' | 'position'>): boolean {
  return scale !== undefined || (position !== undefined && position !== 'original')
}

/** Whether the result is the image itself, pixel for pixel. */
export function isInPlace(layout: Layout, picture: Size): boolean {
  const { width, height, left, top, scaleX, scaleY } = layout
  return width === picture.width && height === picture.height && left === 0 && top === 0 && scaleX === 1 && scaleY === 1
}

/** Whether the image leaves nothing of the canvas free. */
export function covers(picture: Size, { width, height, left, top, scaleX, scaleY }: Layout): boolean {
  const right = left + scaleX * picture.width
  const bottom = top + scaleY * picture.height
  return left <= EPSILON && top <= EPSILON && right >= width - EPSILON && bottom >= height - EPSILON
}

/** The smallest box of whole pixels of the canvas that holds what `box` holds in the image. */
export function boxOnCanvas({ left, top, width, height }: Box, layout: Layout): Box {
  const x = outward(layout.left + layout.scaleX * left, layout.left + layout.scaleX * (left + width))
  const y = outward(layout.top + layout.scaleY * top, layout.top + layout.scaleY * (top + height))
  return { left: x.from, top: y.from, width: x.to - x.from, height: y.to - y.from }
}

/** `size` with at most `maxPixels` pixels and the same shape as nearly as whole pixels allow. Never larger. */
export function fitPixels({ width, height }: Size, maxPixels: number): Size {
  if (width * height <= maxPixels) return { width, height }
  const shrink = Math.sqrt(maxPixels / (width * height))
  // The shorter side first: what its rounding does to the shape counts for more.
  const [long, short] = width >= height ? [width, height] : [height, width]
  const shorter = Math.max(1, Math.floor(short * shrink + EPSILON))
  const longer = Math.max(1, Math.min(Math.round((shorter * long) / short), Math.floor(maxPixels / shorter)))
  return width >= height ? { width: longer, height: shorter } : { width: shorter, height: longer }
}

/** The most pixels that margins can make of an image's result before anything is known of the subject. */
export function mostPixels({ width, height }: Size, options: LayoutOptions): number {
  const { crop, margin, canvas, maxOutputPixels = Number.POSITIVE_INFINITY } = options
  const whole: Box = { left: 0, top: 0, width, height }
  const cropped = crop ? withMargin(whole, margin) : whole
  const largest = canvas ? (canvas.unit === 'px' ? canvas : extended(cropped, canvas)) : cropped
  return Math.min(largest.width * largest.height, maxOutputPixels)
}

function outward(from: number, to: number): { from: number; to: number } {
  return { from: Math.floor(from + EPSILON) + 0, to: Math.ceil(to - EPSILON) }
}

/** The box grown by its margin, wherever that ends: percentages are of the box's own width and height. */
function withMargin(box: Box, margin: Margin): Box {
  const [top, right, bottom, left] = sides(margin)
  const [x, y] = [px(left, box.width), px(top, box.height)]
  return {
    left: box.left - x,
    top: box.top - y,
    width: box.width + x + px(right, box.width),
    height: box.height + y + px(bottom, box.height),
  }
}

/** The smallest box of the canvas's shape around it: in whole pixels where the canvas is a ratio, else exactly of that shape. */
function extended({ left, top, width, height }: Box, canvas: Canvas): Box {
  const ratio = canvas.width / canvas.height
  const [w, h] = [Math.max(width, height * ratio), Math.max(height, width / ratio)]
  const whole = (value: number) => (canvas.unit === 'ratio' ? Math.round(value) : value)
  const [newWidth, newHeight] = [whole(w), whole(h)]
  return {
    left: left - Math.floor((newWidth - width) / 2),
    top: top - Math.floor((newHeight - height) / 2),
    width: newWidth,
    height: newHeight,
  }
}

function px({ value, unit }: Measure, whole: number): number {
  return Math.round(unit === 'px' ? value : (value / 100) * whole)
}

/** Top, right, bottom, left. */
function sides(margin: Margin): readonly [Measure, Measure, Measure, Measure] {
  if (!isList(margin)) return [margin, margin, margin, margin]
  if (margin.length === 4) return margin
  const [vertical, horizontal] = margin
  return [vertical, horizontal, vertical, horizontal]
}

function isList(margin: Margin): margin is Exclude<Margin, Measure> {
  return Array.isArray(margin)
}

/** The image scaled and shifted so that the bounds come to lie where they should, on whole pixels. */
function move(canvas: Layout, bounds: Box, cut: Box, { scale, position }: LayoutOptions): Layout {
  const fill =
    scale === undefined ? null : (scale / 100) * Math.min(canvas.width / bounds.width, canvas.height / bounds.height)
  const width = Math.max(1, Math.round(bounds.width * (fill ?? canvas.scaleX)))
  const height = Math.max(1, Math.round(bounds.height * (fill ?? canvas.scaleY)))
  const at = shares(position ?? 'center', bounds, cut)
  const [scaleX, scaleY] = [width / bounds.width, height / bounds.height]
  return {
    width: canvas.width,
    height: canvas.height,
    scaleX,
    scaleY,
    left: 0 + Math.round(at.x * (canvas.width - width)) - scaleX * bounds.left,
    top: 0 + Math.round(at.y * (canvas.height - height)) - scaleY * bounds.top,
  }
}

/** Of the free space of each axis, the share that lies before the subject. */
function shares(position: Position, bounds: Box, cut: Box): { x: number; y: number } {
  if (position === 'center') return { x: 0.5, y: 0.5 }
  if (position !== 'original') return { x: position.x / 100, y: position.y / 100 }
  const share = (before: number, free: number): number => (free > 0 ? Math.min(1, Math.max(0, before / free)) : 0.5)
  return {
    x: share(bounds.left - cut.left, cut.width - bounds.width),
    y: share(bounds.top - cut.top, cut.height - bounds.height),
  }
}
