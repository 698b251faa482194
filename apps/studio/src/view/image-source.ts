// An image at the sizes in which it is drawn: one bitmap that fits the window, and tiles of full size where somebody looks
// closer. No bitmap or canvas above the 16.7 megapixels that all browsers take, but the one that tiles are cut from, which stays
// in a worker.

import { type BitmapReader, openBitmapReader } from './bitmap-reader.ts'
import type { Placement, Rect, Size } from './geometry.ts'

const FITTED_SIDE = 2048
const TILE = 1024
const MAX_TILES = 32
/** The fitted bitmap is drawn up to this enlargement before tiles are asked for. */
const BLURRED = 1.05

export interface ImageSource {
  /** Of the whole image; null until it is known. */
  readonly size: Size | null
  /** Rejects where the browser does not read the format. */
  readonly ready: Promise<Size>
  /** Draws what is there for this placement, and loads what is missing. `ratio` canvas pixels are one CSS pixel. */
  draw(context: CanvasRenderingContext2D, placement: Placement, box: Rect, window: Size, ratio: number): void
  /** What is there without loading anything. */
  drawOverview(context: CanvasRenderingContext2D, placement: Placement, box: Rect): void
  close(): void
}

export function openImageSource(blob: Blob, onChange: () => void): ImageSource {
  let size: Size | null = null
  let overview: ImageBitmap | null = null
  let isClosed = false
  const reader = openBitmapReader(blob)
  const ready = (async () => {
    size = await sizeOf(blob)
    const scale = Math.min(1, FITTED_SIDE / Math.max(size.width, size.height))
    const [resizeWidth, resizeHeight] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale)))
    overview = await reader.read({ type: 'scaled', width: resizeWidth!, height: resizeHeight! })
    if (isClosed) overview.close()
    else onChange()
    return size
  })()
  ready.catch(() => {})
  const tiles = createTiles(reader, onChange)
  const drawOverview = (context: CanvasRenderingContext2D, placement: Placement, box: Rect): Placement | null => {
    if (!size || !overview) return null
    const scale = (placement.scale * box.width) / size.width
    const [x, y] = [placement.x + box.left * placement.scale, placement.y + box.top * placement.scale]
    context.imageSmoothingEnabled = scale < 4
    context.imageSmoothingQuality = 'high'
    context.drawImage(overview, x, y, size.width * scale, size.height * scale)
    return { scale, x, y }
  }
  return {
    get size() {
      return size
    },
    ready,
    drawOverview,
    draw(context, placement, box, window, ratio) {
      const drawn = drawOverview(context, placement, box)
      if (!drawn || !size || !overview) return
      const { scale, x, y } = drawn
      if (scale * ratio * size.width <= overview.width * BLURRED || overview.width === size.width) tiles.rest()
      else tiles.draw(context, { scale, x, y }, size, window)
    },
    close() {
      isClosed = true
      overview?.close()
      tiles.close()
    },
  }
}

/** From the header, without decoding. */
async function sizeOf(blob: Blob): Promise<Size> {
  const url = URL.createObjectURL(blob)
  try {
    const image = new Image()
    image.src = url
    await new Promise((resolve, reject) => {
      image.onload = resolve
      image.onerror = () => reject(new Error('the browser does not read this format'))
    })
    return { width: image.naturalWidth, height: image.naturalHeight }
  } finally {
    URL.revokeObjectURL(url)
  }
}

interface Tiles {
  draw(context: CanvasRenderingContext2D, placement: Placement, size: Size, window: Size): void
  /** Nobody looks close: the full image is let go. */
  rest(): void
  close(): void
}

function createTiles(reader: BitmapReader, onChange: () => void): Tiles {
  /** In the order of their last use. */
  const tiles = new Map<string, ImageBitmap | 'loading'>()
  const clear = () => {
    for (const tile of tiles.values()) if (tile !== 'loading') tile.close()
    tiles.clear()
    reader.release()
  }
  const load = async (key: string, column: number, row: number, size: Size): Promise<void> => {
    tiles.set(key, 'loading')
    const [left, top] = [column * TILE, row * TILE]
    const [width, height] = [Math.min(TILE, size.width - left), Math.min(TILE, size.height - top)]
    try {
      const tile = await reader.read({ type: 'tile', left, top, width, height })
      if (tiles.get(key) !== 'loading') return tile.close()
      tiles.set(key, tile)
      onChange()
    } catch {
      // The whole one does not fit into memory: the overview stays.
    }
  }
  const trim = () => {
    for (const [key, tile] of tiles) {
      if (tiles.size <= MAX_TILES) return
      if (tile !== 'loading') tile.close()
      tiles.delete(key)
    }
  }
  return {
    draw(context, { scale, x, y }, size, window) {
      const first = (offset: number) => Math.max(0, Math.floor(-offset / scale / TILE))
      const last = (offset: number, side: number, length: number) =>
        Math.min(Math.ceil(length / TILE), Math.ceil((side - offset) / scale / TILE))
      for (let row = first(y); row < last(y, window.height, size.height); row++) {
        for (let column = first(x); column < last(x, window.width, size.width); column++) {
          const key = `${column},${row}`
          const tile = tiles.get(key)
          if (!tile) void load(key, column, row, size)
          if (!tile || tile === 'loading') continue
          tiles.delete(key)
          tiles.set(key, tile)
          const [left, top] = [x + column * TILE * scale, y + row * TILE * scale]
          context.drawImage(tile, left, top, tile.width * scale, tile.height * scale)
        }
      }
      trim()
    },
    rest() {
      if (tiles.size > 0) clear()
    },
    close: clear,
  }
}
