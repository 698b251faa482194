// An image behind the subject: a file of the visitor's, or a gradient that is drawn here.

import { signal } from '@preact/signals'

export type Gradient = readonly [from: string, to: string]

export interface BackgroundImage {
  readonly name: string
  readonly file: Blob
  /** Where it was drawn here. */
  readonly gradient: Gradient | null
  /** A small copy, for previews. */
  readonly small: Uint8Array<ArrayBuffer>
  /** A copy that is small enough for a link; null where none is. */
  readonly tiny: Blob | null
  /** Tells one from the next. */
  readonly id: string
}

export const backgroundImage = signal<BackgroundImage | null>(null)

const SMALL_SIDE = 800
const GRADIENT_SIDE = 2000
/** Messengers cut longer links than this makes. */
const TINY_BYTES = 12_000
const TINY_SIDES = [640, 480, 320, 160] as const
let count = 0

/** Errors: where the browser does not read the file. */
export async function useAsBackground(file: Blob, name: string, gradient: Gradient | null = null): Promise<void> {
  const bitmap = await createImageBitmap(file)
  const small = new Uint8Array(await (await scaled(bitmap, SMALL_SIDE, 'image/png')).arrayBuffer())
  const tiny = gradient ? null : await tinyCopy(bitmap)
  bitmap.close()
  backgroundImage.value = { name, file, gradient, small, tiny, id: `${Date.now()}-${count++}` }
}

function scaled(bitmap: ImageBitmap, side: number, type: string): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return canvas.convertToBlob({ type, quality: 0.6 })
}

async function tinyCopy(bitmap: ImageBitmap): Promise<Blob | null> {
  for (const side of TINY_SIDES) {
    const copy = await scaled(bitmap, side, 'image/webp')
    if (copy.size <= TINY_BYTES) return copy
  }
  return null
}

/** From top to bottom. */
export async function useGradient(from: string, to: string): Promise<void> {
  const canvas = new OffscreenCanvas(GRADIENT_SIDE, GRADIENT_SIDE)
  const context = canvas.getContext('2d')!
  const gradient = context.createLinearGradient(0, 0, 0, GRADIENT_SIDE)
  gradient.addColorStop(0, from)
  gradient.addColorStop(1, to)
  context.fillStyle = gradient
  context.fillRect(0, 0, GRADIENT_SIDE, GRADIENT_SIDE)
  await useAsBackground(await canvas.convertToBlob(), `${from} ${to}`, [from, to])
}
