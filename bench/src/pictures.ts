// The images of a bench: the evaluation folder, and one scene at any number of pixels.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { ROOT } from './measure/run.ts'

export interface Picture {
  readonly name: string
  readonly path: string
  readonly megapixels: number
}

/** The images of a folder without its `.alpha.png` files, sorted by name. */
export async function listPictures(folder: string): Promise<Picture[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:jpe?g|png)$/i.test(name) && !/\.alpha\.png$/i.test(name))
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name)
      const { width, height } = await sharp(path).metadata()
      return { name, path, megapixels: (width * height) / 1e6 }
    }),
  )
}

/** `count` of the images, spread evenly over their list. */
export function spread<T>(list: readonly T[], count: number): T[] {
  const length = Math.min(count, list.length)
  return Array.from({ length }, (_, i) => list[Math.floor((i * list.length) / length)]!)
}

/**
 * The drawn example photo, scaled to 4:3 of about so many megapixels, with sensor-like noise so that it has as
 * many bytes a pixel as photos have (0.3). The same scene at each size: only the pixels grow.
 */
export async function drawPicture(megapixels: number, folder: string): Promise<Picture> {
  const height = Math.round(Math.sqrt(megapixels * 1e6 * 0.75))
  const width = Math.round((height * 4) / 3)
  const data = await sharp(join(ROOT, 'examples/photo.jpg'))
    .resize(width, height, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer()
  addNoise(data)
  const name = `drawn-${megapixels}mp.jpg`
  const path = join(folder, name)
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toFile(path)
  return { name, path, megapixels: (width * height) / 1e6 }
}

/** About 3 of 255 levels of standard deviation: the sum of two even distributions, the same each time. */
function addNoise(data: Uint8Array): void {
  // Marsaglia's xorshift32.
  let state = 0x9e37_79b9
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const noise = (state & 7) + ((state >>> 8) & 7) - 7
    data[i] = Math.max(0, Math.min(255, data[i]! + noise))
  }
}
