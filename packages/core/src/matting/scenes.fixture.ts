// Drawn scenes with exactly known alpha, foreground and background, for the tests of matting. Not part of the build's surface.

import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'

export interface Scene {
  readonly alpha: Plane
  readonly front: Raster
  readonly back: Raster
  readonly photo: Raster
}

const SIZE = 128

/** Fixed pseudo-random numbers in 0..1. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
}

/** A raster of `color(x, y)`. */
function paint(size: number, color: (x: number, y: number) => readonly [number, number, number]): Raster {
  const data = new Uint8Array(size * size * 3)
  for (let i = 0; i < size * size; i++) data.set(color(i % size, Math.floor(i / size)), i * 3)
  return { width: size, height: size, channels: 3, alpha: 'none', data }
}

function scene(alpha: Plane, front: Raster, back: Raster): Scene {
  const data = new Uint8Array(front.data.length)
  for (let i = 0; i < data.length; i++) {
    const a = alpha.data[Math.floor(i / 3)]!
    data[i] = Math.round(a * front.data[i]! + (1 - a) * back.data[i]!)
  }
  return { alpha, front, back, photo: { ...front, data } }
}

/** Mild wood-like texture in browns. */
const brown = (size: number) =>
  paint(size, (x, y) => {
    const wave = 12 * Math.sin(x / 5 + Math.sin(y / 9))
    return [150 + wave, 95 + wave, 60 + wave / 2]
  })

/** Blue-green checks with soft edges. */
const checks = (size: number) =>
  paint(size, (x, y) => {
    const wave = 18 * Math.sin(x / 7) * Math.sin(y / 6)
    return [50 + wave, 120 + wave, 160 - wave]
  })

/** How deep inside a shape a point is, in pixels, and below 0 outside: a pixel farther, it changes by 1.5 at most. */
type Depth = (x: number, y: number) => number

/** Share of each pixel inside any of the shapes, from 8 x 8 samples. */
function coverage(size: number, shapes: readonly Depth[]): Plane {
  const plane = createPlane(size, size)
  for (let i = 0; i < size * size; i++) {
    const [x, y] = [i % size, Math.floor(i / size)]
    // From the middle of the pixel, samples are up to 0.62 away.
    const near = shapes.filter((depth) => depth(x + 0.5, y + 0.5) > -1)
    if (near.some((depth) => depth(x + 0.5, y + 0.5) > 1)) {
      plane.data[i] = 1
      continue
    }
    let hits = 0
    for (let s = 0; near.length > 0 && s < 64; s++) {
      const [u, v] = [x + ((s % 8) + 0.5) / 8, y + (Math.floor(s / 8) + 0.5) / 8]
      if (near.some((depth) => depth(u, v) > 0)) hits++
    }
    plane.data[i] = hits / 64
  }
  return plane
}

const disc =
  (middle: number, radius: number): Depth =>
  (x, y) =>
    radius - Math.hypot(x - middle, y - middle)

/** A disc with anti-aliased edge. */
export function discScene(size = SIZE): Scene {
  return scene(coverage(size, [disc(size / 2, size * 0.3)]), brown(size), checks(size))
}

/** A head with some sixty strands, 0.8 to 1.6 pixels thick, standing off it. */
export function hairScene(size = SIZE): Scene {
  const next = random(7)
  const middle = size / 2
  const strands = Array.from({ length: 60 }, (): Depth => {
    const angle = next() * 2 * Math.PI
    const bend = (next() - 0.5) * 0.6
    const length = size * (0.3 + 0.14 * next())
    const half = 0.4 + 0.4 * next()
    return (x, y) => {
      const distance = Math.hypot(x - middle, y - middle)
      const turned = Math.atan2(y - middle, x - middle) - angle - (bend * (distance - size * 0.25)) / size
      const aside = Math.cos(turned) > 0 ? Math.abs(Math.sin(turned)) * distance : distance
      return Math.min(length - distance, half - aside)
    }
  })
  return scene(coverage(size, [disc(middle, size * 0.25), ...strands]), brown(size), checks(size))
}

/** A bar that moved sideways by 10 pixels during the exposure: alpha ramps linearly. */
export function motionScene(size = SIZE): Scene {
  const alpha = createPlane(size, size)
  for (let i = 0; i < size * size; i++) {
    const x = (i % size) + 0.5
    const rise = (x - size * 0.3) / 10
    const fall = (size * 0.7 - x) / 10
    alpha.data[i] = Math.min(1, Math.max(0, Math.min(rise, fall)))
  }
  return scene(alpha, brown(size), checks(size))
}
