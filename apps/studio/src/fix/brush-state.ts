// The brush in the visitor's hand.

import { signal } from '@preact/signals'
import { announce } from '../state/announce.ts'
import { selected } from '../state/items.ts'
import { panel, view } from '../state/stage.ts'
import { saveList } from '../state/store.ts'
import type { Size } from '../view/geometry.ts'
import type { PaintedStroke } from '../view/painted.ts'
import type { Tool } from './strokes.ts'

export const tool = signal<Tool | null>(null)
/** Diameter, in CSS pixels of the screen or in pixels of the image. */
export const brushSize = signal(48)
export const isInImagePixels = signal(false)
/** 0..1 */
export const softness = signal(0.3)

export const MIN_SIZE = 4
export const MAX_SIZE = 300

export function chooseTool(wanted: Tool | null): void {
  tool.value = tool.peek() === wanted ? null : wanted
  if (tool.peek()) panel.value = 'fix'
}

export function swapTools(): void {
  tool.value = tool.peek() === 'keep' ? 'erase' : 'keep'
  panel.value = 'fix'
}

export function resizeBrush(factor: number): void {
  brushSize.value = Math.round(Math.min(MAX_SIZE, Math.max(MIN_SIZE, brushSize.peek() * factor)))
}

/** A stroke of the stage becomes one of the image. */
export function addStroke({ tool: used, points, radius }: PaintedStroke, { width, height }: Size): void {
  const item = selected.peek()
  if (!item) return
  item.strokes.add({
    tool: used,
    radius: (radius * 100) / Math.max(width, height),
    points: points.map(({ x, y }) => [(x * 100) / width, (y * 100) / height] as const),
  })
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
