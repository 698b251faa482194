// An image behind the subject: a file of the visitor's, or a gradient that is drawn here. It belongs to this visit, not to presets.

import { signal } from '@preact/signals'

export interface BackgroundImage {
  readonly name: string
  readonly file: Blob
  /** A small copy, for previews. */
  readonly small: Uint8Array<ArrayBuffer>
  /** Tells one from the next. */
  readonly id: string
}

export const backgroundImage = signal<BackgroundImage | null>(null)

const SMALL_SIDE = 800
const GRADIENT_SIDE = 2000
let count = 0

/** Errors: where the browser does not read the file. */
export async function useAsBackground(file: Blob, name: string): Promise<void> {
  const bitmap = await createImageBitmap(file)
  const scale = Math.min(1, SMALL_SIDE / Math.max(bitmap.width, bitmap.height))
  const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  const small = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())
  backgroundImage.value = { name, file, small, id: `${Date.now()}-${count++}` }
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
  await useAsBackground(await canvas.convertToBlob(), `${from} ${to}`)
}
