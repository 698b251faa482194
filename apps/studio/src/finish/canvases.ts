// Canvases by name: shapes, sizes of ID photos, sizes that marketplaces ask for. Sizes in print are at 300 ppi.

import type { Settings } from './settings.ts'

type Canvas = NonNullable<Settings['canvas']>

export interface CanvasPreset {
  readonly id: string
  readonly canvas: Canvas | undefined
  /** What is usual with it. */
  readonly settings: Settings
}

const ratio = (width: number, height: number): Canvas => ({ width, height, unit: 'ratio' })
const px = (width: number, height: number): Canvas => ({ width, height, unit: 'px' })

export const SHAPES = [
  { id: 'original', canvas: undefined, settings: {} },
  { id: 'square', canvas: ratio(1, 1), settings: {} },
  { id: '4:5', canvas: ratio(4, 5), settings: {} },
  { id: '3:4', canvas: ratio(3, 4), settings: {} },
  { id: '16:9', canvas: ratio(16, 9), settings: {} },
  { id: '9:16', canvas: ratio(9, 16), settings: {} },
] as const satisfies readonly CanvasPreset[]

/** Shoulders at the lower border. */
const ID_PHOTO: Settings = { scale: 90, position: { x: 50, y: 100 } }

export const ID_PHOTOS = [
  { id: 'id-35x45', canvas: px(413, 531), settings: ID_PHOTO },
  { id: 'id-us', canvas: px(600, 600), settings: ID_PHOTO },
  { id: 'id-1inch', canvas: px(295, 413), settings: ID_PHOTO },
  { id: 'id-2inch', canvas: px(413, 579), settings: ID_PHOTO },
] as const satisfies readonly CanvasPreset[]

const WHITE = { type: 'color', color: '#ffffff' } as const

export const MARKETPLACES = [
  { id: 'amazon', canvas: px(2000, 2000), settings: { background: WHITE, scale: 85 } },
  { id: 'ebay', canvas: px(1600, 1600), settings: { background: WHITE, scale: 85 } },
  { id: 'shopify', canvas: px(2048, 2048), settings: { scale: 85 } },
  { id: 'taobao', canvas: px(800, 800), settings: { background: WHITE, scale: 85 } },
  { id: 'taobao-tall', canvas: px(750, 1000), settings: { scale: 85 } },
] as const satisfies readonly CanvasPreset[]

const CANVAS_PRESETS: readonly CanvasPreset[] = [...SHAPES, ...ID_PHOTOS, ...MARKETPLACES]

/** The first preset that has this canvas. */
export const presetOf = (canvas: Settings['canvas']): CanvasPreset | undefined =>
  CANVAS_PRESETS.find((preset) => JSON.stringify(preset.canvas) === JSON.stringify(canvas))

/** What choosing it changes: a place that another one has brought goes with it. */
export const changesOf = ({ canvas, settings }: CanvasPreset, before: Settings): Settings => ({
  ...(presetOf(before.canvas)?.settings.scale === undefined ? {} : { scale: undefined, position: undefined }),
  ...settings,
  canvas,
})
