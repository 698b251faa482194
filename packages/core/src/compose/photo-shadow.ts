// The shadow that the subject casts in the photo: how much darker the background near it is than the same background lit.
// The lit background is a smooth upper envelope of what is seen (asymmetric least squares, Eilers and Boelens 2005, with a
// moving window as its smoother). Works on a small copy: shadows of this kind are soft.

import { dilate } from '../matting/edges/band.ts'
import { findParts } from '../matting/style/components.ts'
import { boxFilter } from '../pixels/box-filter.ts'
import { channelPlanes } from '../pixels/channel-planes.ts'
import { smoothStep } from '../pixels/clamp.ts'
import { depthOf } from '../pixels/depth.ts'
import { fillWith } from '../pixels/fill-with.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { subjectBox } from './crop.ts'

/** Pixels of the copy's longer side. */
const LONGER_SIDE = 512
/** Radius over which the ground is averaged, in pixels of the copy. */
const GRAIN = 3
/** Radius over which the lit background is smooth, as a share of the longer side: wider than a contact shadow. */
const LIT_SHARE = 0.12
/** Weight of what is darker than the envelope beside what is brighter, and how often the envelope is found anew. */
const DARKER = 0.02
const ROUNDS = 12
/** Alpha up to which a pixel shows background only. */
const BACKGROUND = 0.02
/**
 * Darkening up to the first is texture and shading, at least; where the ground is busy, up to what most of it shows anyway
 * (the share after it). From BLEND more on it counts whole.
 */
const TEXTURE = 0.05
const MOST = 0.8
const BLEND = 0.1
/** A shadow keeps its ground's color: what is left beside the darkening, as a share of the lit brightness. */
const SAME_COLOR = 0.06
const OTHER_COLOR = 0.18
/** Distance from the subject, as a share of its longer side, over which shadows fade out: beyond, other things are dark. */
const NEAR = 0.15
const FAR = 0.4
/** Height above the foot of the subject, as a share of its own, over which what is behind it stops being the ground. */
const LOW = 0.15
const HIGH = 0.35
/** Ground this dark (sum of three channels) tells nothing. */
const DARK_GROUND = 0.15
/** No shadow is blacker: in the dark nothing tells a shadow from a black thing. */
const DARKEST = 0.85

/**
 * Darkness in 0..1 of a plane stretched over the image: 0 on lit ground and on what is no shadow. Only darkness that is
 * joined to the subject counts. Under the subject itself it goes on smoothly, so that no light seam stays at its edge.
 */
export function photoShadow(color: Raster, alpha: Plane): Plane {
  const shrink = Math.max(1, Math.max(alpha.width, alpha.height) / LONGER_SIDE)
  const width = Math.ceil(alpha.width / shrink)
  const height = Math.ceil(alpha.height / shrink)
  const small = resizePlane(alpha, width, height)
  // The edge of the subject is mixed into its neighbors by shrinking.
  const subject = fillWith(new Uint8Array(width * height), (i) => (small.data[i]! > BACKGROUND ? 1 : 0))
  dilate(subject, width, height, 1)
  const ground = fillWith(new Float32Array(width * height), (i) => 1 - subject[i]!)
  // Grain of the ground is no shadow: its mean is what light and shadow change.
  const mean = (data: Float32Array) => boxFilter({ width, height, data }, GRAIN).data
  const share = mean(ground)
  const seen = channelPlanes(sampleRaster(color, width, height)).map((data) => {
    const sum = mean(data.map((value, i) => value * ground[i]!))
    return sum.map((value, i) => (ground[i] === 1 ? value / share[i]! : data[i]!))
  })
  const lit = litGround(seen, ground, width, height)
  const { data, isPlain } = darkening(seen, lit, ground)
  const darkness = { width, height, data }
  fadeOut(darkness, subject, isPlain)
  keepJoined(darkness, subject)
  return underSubject(darkness, ground)
}

/** The envelope of each channel over the ground. One set of weights serves all three: they belong to one light. */
function litGround(seen: readonly Float32Array[], ground: Float32Array, width: number, height: number): Float32Array[] {
  const radius = Math.max(2, Math.round(LIT_SHARE * Math.max(width, height)))
  const mean = (data: Float32Array) => boxFilter(boxFilter({ width, height, data }, radius), radius).data
  let weight = ground
  let lit: Float32Array[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const total = mean(weight)
    lit = seen.map((channel) => {
      const sum = mean(channel.map((value, i) => value * weight[i]!))
      return sum.map((value, i) => (total[i]! > 1e-9 ? value / total[i]! : channel[i]!))
    })
    const light = sumOf(lit)
    const sight = sumOf(seen)
    weight = ground.map((value, i) => value * (sight[i]! > light[i]! ? 1 : DARKER))
  }
  return lit
}

function sumOf(planes: readonly Float32Array[]): Float32Array {
  const [red, green, blue] = planes as [Float32Array, Float32Array, Float32Array]
  return red.map((value, i) => value + green[i]! + blue[i]!)
}

function darkening(
  seen: readonly Float32Array[],
  lit: readonly Float32Array[],
  ground: Float32Array,
): { data: Float32Array; isPlain: boolean } {
  const sight = sumOf(seen)
  const light = sumOf(lit)
  const dark = ground.map((value, i) => (value === 0 || light[i]! < DARK_GROUND ? 0 : 1 - sight[i]! / light[i]!))
  const texture = Math.max(TEXTURE, quantile(dark, ground, MOST))
  const data = dark.map((value, i) => {
    if (value <= texture) return 0
    let other = 0
    for (let c = 0; c < 3; c++) other = Math.max(other, Math.abs(seen[c]![i]! - lit[c]![i]! * (1 - value)))
    const sameColor = 1 - smoothStep(SAME_COLOR, OTHER_COLOR, (3 * other) / light[i]!)
    return Math.min(DARKEST, value) * sameColor * smoothStep(texture, texture + BLEND, value)
  })
  return { data, isPlain: texture === TEXTURE }
}

/** The value that `share` of those with `counted` 1 do not exceed; 0 for none. */
function quantile(values: Float32Array, counted: Float32Array, share: number): number {
  const list = values.filter((_, i) => counted[i] === 1).sort()
  return list[Math.floor(share * list.length)] ?? 0
}

/** Weakens darkness, in place, with its distance from the subject and, where the background is not plain, with its height. */
function fadeOut({ width, height, data }: Plane, subject: Uint8Array, isPlain: boolean): void {
  const box = subjectBox({ width, height, data: Float32Array.from(subject) }, 0.5)
  if (!box) return
  const side = Math.max(box.width, box.height)
  const distance = depthOf((i) => subject[i] !== 1, width, height)
  for (let i = 0; i < data.length; i++) {
    const height = 1 - (Math.floor(i / width) - box.top) / box.height
    const onGround = isPlain ? 1 : 1 - smoothStep(LOW, HIGH, height)
    data[i]! *= onGround * (1 - smoothStep(NEAR * side, FAR * side, distance[i]!))
  }
}

/** Clears, in place, the dark parts that do not touch the subject. */
function keepJoined({ width, height, data }: Plane, subject: Uint8Array): void {
  const around = subject.slice()
  dilate(around, width, height, 2)
  const parts = findParts(data, width, height, { threshold: 0, above: true, connectivity: 8 })
  const joined = new Uint8Array(parts.count)
  for (let run = 0; run < parts.count; run++) {
    if (around.subarray(parts.begin[run], parts.end[run]).includes(1)) joined[parts.part[run]!] = 1
  }
  for (let run = 0; run < parts.count; run++) {
    if (joined[parts.part[run]!] === 0) data.fill(0, parts.begin[run], parts.end[run])
  }
}

/** Fills the subject's place with the mean of the darkness around, near the edge. */
function underSubject({ width, height, data }: Plane, ground: Float32Array): Plane {
  const mean = (values: Float32Array) => boxFilter({ width, height, data: values }, 3).data
  const total = mean(ground)
  const sum = mean(data.map((value, i) => value * ground[i]!))
  return {
    width,
    height,
    data: data.map((value, i) => (ground[i] === 1 || total[i]! <= 0 ? value : sum[i]! / total[i]!)),
  }
}
