// What the stage shows, and the one view there is.

import { computed, signal } from '@preact/signals'
import { type Backdrop, CHECKERBOARD } from '../view/backdrop.ts'
import type { Placement } from '../view/geometry.ts'
import type { KoutuView } from '../view/koutu-view.ts'
import type { Show } from '../view/scene.ts'
import { readPreference, writePreference } from './preference.ts'

export const show = signal<Show>('result')

export const backdrop = signal<Backdrop>(readBackdrop())
/** Over what is removed, in the view that shows it. */
export const overlayColor = signal(readPreference('overlay-color') ?? '#e5484d')

function readBackdrop(): Backdrop {
  try {
    return (JSON.parse(readPreference('backdrop') ?? 'null') as Backdrop | null) ?? CHECKERBOARD
  } catch {
    return CHECKERBOARD
  }
}

/** Images last as long as the page. */
export function setBackdrop(wanted: Backdrop): void {
  const before = backdrop.peek()
  backdrop.value = wanted
  if (before.type === 'image') before.bitmap.close()
  writePreference('backdrop', JSON.stringify(wanted.type === 'image' ? CHECKERBOARD : wanted))
}

export function setOverlayColor(color: string): void {
  overlayColor.value = color
  writePreference('overlay-color', color)
}

/** Where the image lies on the stage; null while there is none. */
export const placement = signal<Placement | null>(null)
/** In percent of the image's own size. */
export const zoomPercent = computed(() => (placement.value ? placement.value.scale * 100 : null))
export const view: { current: KoutuView | null } = { current: null }
export const panel = signal<'fix' | 'finish' | 'export'>('export')
export const isPaletteOpen = signal(false)
export const isSheetOpen = signal(false)
export const isComparing = signal(false)
/** The inputs of files and folders, which commands click. */
export const pickers: { files: HTMLInputElement | null; folder: HTMLInputElement | null } = {
  files: null,
  folder: null,
}
