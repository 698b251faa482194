// The brush in the visitor's hand.

import { signal } from '@preact/signals'
import { announce } from '../state/announce.ts'
import { selected } from '../state/items.ts'
import { panel, view } from '../state/stage.ts'
import { saveList } from '../state/store.ts'
import type { Rect, Size } from '../view/geometry.ts'
import type { PaintedStroke } from '../view/painted.ts'
import { type Limited, limitOf, strokeOf, type Tool } from './strokes.ts'

export const tool = signal<Tool | null>(null)
/** Diameter, in CSS pixels of the screen or in pixels of the image. */
export const brushSize = signal(48)
export const isInImagePixels = signal(false)
/** 0..1 */
export const softness = signal(0.3)
export const hasLoupe = signal(true)
/** Whether the next drag draws a rectangle, and what it is for. */
export const isMarking = signal(false)
export const marked = signal<Limited>('subject')

export const MIN_SIZE = 4
export const MAX_SIZE = 300

export function chooseTool(wanted: Tool | null): void {
  tool.value = tool.peek() === wanted ? null : wanted
  isMarking.value = false
  if (tool.peek()) panel.value = 'fix'
}

export function swapTools(): void {
  tool.value = tool.peek() === 'keep' ? 'erase' : 'keep'
  panel.value = 'fix'
}

export function resizeBrush(factor: number): void {
  brushSize.value = Math.round(Math.min(MAX_SIZE, Math.max(MIN_SIZE, brushSize.peek() * factor)))
}

export function chooseRectangle(): void {
  isMarking.value = !isMarking.peek()
  tool.value = null
  panel.value = 'fix'
}

/** In image pixels; null for the whole image again. Strokes go on with the brush in hand. */
export function limitTo(box: Rect | null, { width, height }: Size): void {
  const within = (value: number, length: number) => (Math.min(length, Math.max(0, value)) * 100) / length
  const inPercent = box && {
    left: within(box.left, width),
    top: within(box.top, height),
    width: within(box.left + box.width, width) - within(box.left, width),
    height: within(box.top + box.height, height) - within(box.top, height),
  }
  isMarking.value = false
  if (inPercent && (inPercent.width <= 0 || inPercent.height <= 0)) return
  const limit = { of: marked.peek(), box: inPercent }
  selected.peek()?.strokes.add({ tool: 'keep', radius: 0, points: [], limit })
  saveList()
}

/** What the hand painted on the stage becomes one step of the image. */
export function addStrokes(painted: readonly PaintedStroke[], image: Size): void {
  const item = selected.peek()
  if (!item || painted.length === 0) return
  const within = limitOf(item.strokes.peek(), 'strokes')
  item.strokes.add(...painted.map((stroke) => strokeOf(stroke, image, within)))
  saveList()
}

export function undoStroke(words: string): void {
  selected.peek()?.strokes.undo()
  saveList()
  announce(words)
}

export function redoStroke(words: string): void {
  selected.peek()?.strokes.redo()
  saveList()
  announce(words)
}

export function holdHand(isHeld: boolean): void {
  if (view.current) view.current.isHandHeld = isHeld
}
