// What the stage shows, and the one view there is.

import { computed, signal } from '@preact/signals'
import { type Backdrop, CHECKERBOARD } from '../view/backdrop.ts'
import type { Placement } from '../view/geometry.ts'
import type { KoutuView, Show } from '../view/koutu-view.ts'

export const show = signal<Show>('result')
export const backdrop = signal<Backdrop>(CHECKERBOARD)
/** Where the image lies on the stage; null while there is none. */
export const placement = signal<Placement | null>(null)
/** In percent of the image's own size. */
export const zoomPercent = computed(() => (placement.value ? placement.value.scale * 100 : null))
export const view: { current: KoutuView | null } = { current: null }
export const panel = signal<'fix' | 'finish' | 'export'>('export')
export const isPaletteOpen = signal(false)
export const isSheetOpen = signal(false)
/** The inputs of files and folders, which commands click. */
export const pickers: { files: HTMLInputElement | null; folder: HTMLInputElement | null } = {
  files: null,
  folder: null,
}
