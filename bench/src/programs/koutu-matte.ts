// koutu's matte alone: for each image what the network found, a trimap of it, and the time from there to alpha and colors.
// Writes NAME.image.png, NAME.coarse.png, NAME.trimap.png and NAME.koutu.png, and prints one JSON object a line.

import { join } from 'node:path'
import { automaticTrimap, type Plane, resizePlane } from '@koutu/core'
import { createRemover } from 'koutu'
import sharp from 'sharp'
import { median } from '../measure/statistics.ts'

export interface MatteRequest {
  readonly folder: string
  readonly images: readonly { readonly path: string; readonly name: string }[]
}

export interface Matted {
  readonly name: string
  /** Median of the runs. */
  readonly matteMs: number
  readonly unknownShare: number
}

const RUNS = 3
/** The margin of the trimap in pixels, for an image of 1024: what koutu shows to matting networks. */
const RADIUS = 6
const RADIUS_OF_SIDE = 1024

const { folder, images } = JSON.parse(process.argv[2]!) as MatteRequest
await using remover = await createRemover()
for (const { path, name } of images) {
  const { alpha, coarse } = await remover.remove(path)
  if (!coarse) throw new Error(`expected what the network found in ${path}`)
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const { report } = await remover.refine(path, coarse)
    times.push(report.timingsMs.matte!)
  }
  const { width, height } = alpha
  const small: Plane = { ...coarse, data: Float32Array.from(coarse.data, (level) => level / 255) }
  const found = resizePlane(small, width, height, 'cubic')
  const radiusPx = Math.max(3, Math.round((RADIUS * Math.max(width, height)) / RADIUS_OF_SIDE))
  const trimap = automaticTrimap(found, { radiusPx })
  const target = (what: string) => join(folder, `${name}.${what}.png`)
  await sharp(path).autoOrient().removeAlpha().toColourspace('srgb').png().toFile(target('image'))
  for (const [what, plane] of [
    ['coarse', found],
    ['trimap', trimap],
    ['koutu', alpha],
  ] as const) {
    const levels = Uint8Array.from(plane.data, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255))
    await sharp(levels, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(target(what))
  }
  const unknownShare = trimap.data.filter((value) => value === 0.5).length / trimap.data.length
  const matted: Matted = { name, matteMs: median(times), unknownShare }
  process.stdout.write(`${JSON.stringify(matted)}\n`)
}
