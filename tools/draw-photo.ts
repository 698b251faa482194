// Renders examples/photo.jpg, the image of the README: a plush fox on a garden table, with fur, soft shadows and a blurred
// garden behind it. Computed from formulas and one seed. Does not use koutu.
// Run: node tools/draw-photo.ts [--out FILE.jpg] [--alpha FILE.png]
//
// World: y up, the table is y = 0, +z towards the camera, one unit is about 8 cm. Light is linear RGB until `develop`.

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import sharp from 'sharp'

type Vec = readonly [number, number, number]

const WIDTH = 1200
const HEIGHT = 900
/** The fox is drawn at this many samples per pixel and side, then averaged. */
const SUPERSAMPLE = 2
const LENS_RAYS = 28
/** Over the whole skin; those on the far side are never drawn. Fewer let the skin show, more only cost time. */
const HAIR_COUNT = 520_000
const SEGMENTS = 7

// --- vectors, random numbers, noise ---------------------------------------------------------------------------------

const add = (a: Vec, b: Vec): Vec => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const sub = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const scale = (a: Vec, s: number): Vec => [a[0] * s, a[1] * s, a[2] * s]
const mul = (a: Vec, b: Vec): Vec => [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const length = (a: Vec): number => Math.sqrt(dot(a, a))
const normalize = (a: Vec): Vec => scale(a, 1 / (length(a) || 1))
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const mix = (a: number, b: number, t: number): number => a + (b - a) * t
const mixVec = (a: Vec, b: Vec, t: number): Vec => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
const clamp = (x: number, low = 0, high = 1): number => Math.max(low, Math.min(high, x))
const smoothstep = (low: number, high: number, x: number): number => {
  const t = clamp((x - low) / (high - low))
  return t * t * (3 - 2 * t)
}

/** Mulberry32: small, fast, and the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function hash(x: number, y: number, z: number): number {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(z, 1274126177)
  h = Math.imul(h ^ (h >>> 13), 1103515245)
  h = Math.imul(h ^ (h >>> 16), 2246822519)
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296
}

/** Value noise in [-1, 1]. */
function noise(x: number, y: number, z: number): number {
  const ix = Math.floor(x)
  const iy = Math.floor(y)
  const iz = Math.floor(z)
  const fx = x - ix
  const fy = y - iy
  const fz = z - iz
  const u = fx * fx * (3 - 2 * fx)
  const v = fy * fy * (3 - 2 * fy)
  const w = fz * fz * (3 - 2 * fz)
  const near = mix(
    mix(hash(ix, iy, iz), hash(ix + 1, iy, iz), u),
    mix(hash(ix, iy + 1, iz), hash(ix + 1, iy + 1, iz), u),
    v,
  )
  const far = mix(
    mix(hash(ix, iy, iz + 1), hash(ix + 1, iy, iz + 1), u),
    mix(hash(ix, iy + 1, iz + 1), hash(ix + 1, iy + 1, iz + 1), u),
    v,
  )
  return mix(near, far, w) * 2 - 1
}

function fractalNoise(x: number, y: number, z: number, octaves: number): number {
  let sum = 0
  let weight = 0.5
  for (let i = 0, f = 1; i < octaves; i++, f *= 2.03, weight *= 0.5) sum += weight * noise(x * f, y * f, z * f + i * 17)
  return sum
}

// --- the fox as a signed distance field -----------------------------------------------------------------------------

type Part = 'body' | 'chest' | 'leg' | 'paw' | 'head' | 'cheek' | 'snout' | 'ear' | 'tail' | 'nose' | 'eye'

interface Blob {
  readonly part: Part
  /** Rows of the rotation from world to the blob's own axes. */
  readonly axes: readonly [Vec, Vec, Vec]
  readonly center: Vec
  /** Half axes of an ellipsoid; for a cone the flattening of its three axes. */
  readonly radii: Vec
  /** A cone runs from `center` to `center + span` (own axes) and its radius from `from` to `to`. */
  readonly cone?: { readonly span: Vec; readonly from: number; readonly to: number }
  /** Width of the seam that blends it with its neighbors. */
  readonly blend: number
}

const WORLD_AXES: readonly [Vec, Vec, Vec] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

/** Rows of a rotation by yaw (about y) and then roll (about z), in radians. */
function turned(yaw: number, roll: number): readonly [Vec, Vec, Vec] {
  const [c, s, cr, sr] = [Math.cos(yaw), Math.sin(yaw), Math.cos(roll), Math.sin(roll)]
  const right: Vec = [c * cr, sr, -s * cr]
  const up: Vec = [-c * sr, cr, s * sr]
  return [right, up, cross(right, up)]
}

const HEAD_CENTER: Vec = [0, 1.56, 0.18]
const HEAD_AXES = turned(0.2, 0.09)
const toHead = (p: Vec): Vec => {
  const q = sub(p, HEAD_CENTER)
  return [dot(HEAD_AXES[0], q), dot(HEAD_AXES[1], q), dot(HEAD_AXES[2], q)]
}
const turnFromHead = (q: Vec): Vec =>
  add(add(scale(HEAD_AXES[0], q[0]), scale(HEAD_AXES[1], q[1])), scale(HEAD_AXES[2], q[2]))
const fromHead = (q: Vec): Vec => add(HEAD_CENTER, turnFromHead(q))

const TAIL: readonly { readonly at: Vec; readonly radius: number }[] = [
  { at: [0.28, 0.22, -0.35], radius: 0.13 },
  { at: [0.72, 0.24, -0.38], radius: 0.19 },
  { at: [1.06, 0.28, -0.12], radius: 0.23 },
  { at: [1.16, 0.3, 0.24], radius: 0.22 },
  { at: [1.0, 0.24, 0.56], radius: 0.175 },
  { at: [0.72, 0.17, 0.76], radius: 0.06 },
]

const EYE_RADIUS = 0.088
const EYES: readonly Vec[] = [-1, 1].map((side) => fromHead([side * 0.225, 0.035, 0.385]))
const NOSE = fromHead([0, -0.075, 0.7])

function ellipsoid(part: Part, center: Vec, radii: Vec, blend: number, axes = WORLD_AXES): Blob {
  return { part, center, radii, blend, axes }
}
function cone(part: Part, a: Vec, b: Vec, from: number, to: number, blend: number): Blob {
  return { part, center: a, radii: [1, 1, 1], blend, axes: WORLD_AXES, cone: { span: sub(b, a), from, to } }
}
function ear(side: number): Blob {
  const span: Vec = [side * 0.15, 0.46, -0.04]
  const center = fromHead([side * 0.315, 0.27, 0])
  return {
    part: 'ear',
    center,
    radii: [1, 1, 0.5],
    blend: 0.07,
    axes: HEAD_AXES,
    cone: { span, from: 0.225, to: 0.035 },
  }
}

const BLOBS: readonly Blob[] = [
  ellipsoid('body', [0, 0.62, -0.02], [0.5, 0.62, 0.46], 0.1),
  ellipsoid('chest', [0.01, 0.88, 0.24], [0.34, 0.42, 0.28], 0.1),
  ...[-1, 1].flatMap((side) => [
    ellipsoid('body', [side * 0.4, 0.33, 0.12], [0.26, 0.32, 0.4], 0.08),
    cone('leg', [side * 0.17, 0.75, 0.36], [side * 0.18, 0.14, 0.55], 0.15, 0.115, 0.06),
    ellipsoid('paw', [side * 0.185, 0.085, 0.64], [0.135, 0.085, 0.18], 0.05),
    ellipsoid('paw', [side * 0.5, 0.085, 0.5], [0.14, 0.085, 0.23], 0.05),
    ellipsoid('cheek', fromHead([side * 0.33, -0.14, 0.08]), [0.25, 0.19, 0.24], 0.1, HEAD_AXES),
    ear(side),
  ]),
  ellipsoid('head', HEAD_CENTER, [0.53, 0.43, 0.43], 0.08, HEAD_AXES),
  ellipsoid('snout', fromHead([0, -0.13, 0.42]), [0.19, 0.14, 0.26], 0.1, HEAD_AXES),
  ...TAIL.slice(1).map((knot, i) => cone('tail', TAIL[i]!.at, knot.at, TAIL[i]!.radius, knot.radius, 0.05)),
  ellipsoid('nose', NOSE, [0.078, 0.056, 0.05], 0.004, HEAD_AXES),
  ...EYES.map((eye) => ellipsoid('eye', eye, [EYE_RADIUS, EYE_RADIUS, EYE_RADIUS], 0.004)),
]

const BOUND_CENTER: Vec = [0.28, 1.05, 0.15]
const BOUND_RADIUS = 1.62

// The field is asked some hundred million times, so its blobs lie flat in memory.
const STRIDE = 21
const packed = new Float64Array(BLOBS.length * STRIDE)
for (const [i, b] of BLOBS.entries()) {
  const span = b.cone?.span ?? [0, 0, 0]
  const squash = Math.min(...b.radii)
  packed.set([...b.center, ...b.axes.flat(), ...b.radii, b.blend, b.cone ? squash : 0], i * STRIDE)
  packed.set([span[0], span[1], span[2]], i * STRIDE + 17)
  packed[i * STRIDE + 20] = dot(span, span)
}
const coneFrom = Float64Array.from(BLOBS, (b) => b.cone?.from ?? 0)
const coneTo = Float64Array.from(BLOBS, (b) => b.cone?.to ?? 0)
let nearestBlob = 0

/** Distance from a point to the fox's skin (negative inside); leaves the closest blob in `nearestBlob`. */
function distance(x: number, y: number, z: number): number {
  const far = Math.sqrt((x - BOUND_CENTER[0]) ** 2 + (y - BOUND_CENTER[1]) ** 2 + (z - BOUND_CENTER[2]) ** 2)
  if (far > BOUND_RADIUS + 0.3) return far - BOUND_RADIUS
  const m = packed
  let result = 1e9
  let best = 1e9
  for (let i = 0, o = 0; i < BLOBS.length; i++, o += STRIDE) {
    const px = x - m[o]!
    const py = y - m[o + 1]!
    const pz = z - m[o + 2]!
    const qx = (m[o + 3]! * px + m[o + 4]! * py + m[o + 5]! * pz) / m[o + 12]!
    const qy = (m[o + 6]! * px + m[o + 7]! * py + m[o + 8]! * pz) / m[o + 13]!
    const qz = (m[o + 9]! * px + m[o + 10]! * py + m[o + 11]! * pz) / m[o + 14]!
    let d: number
    const squash = m[o + 16]!
    if (squash === 0) {
      const k0 = Math.sqrt(qx * qx + qy * qy + qz * qz)
      const k1 = Math.sqrt((qx / m[o + 12]!) ** 2 + (qy / m[o + 13]!) ** 2 + (qz / m[o + 14]!) ** 2)
      d = (k0 * (k0 - 1)) / (k1 + 1e-12)
    } else {
      const sx = m[o + 17]!
      const sy = m[o + 18]!
      const sz = m[o + 19]!
      const h = clamp((qx * sx + qy * sy + qz * sz) / m[o + 20]!)
      const radius = coneFrom[i]! + (coneTo[i]! - coneFrom[i]!) * h
      d = (Math.sqrt((qx - sx * h) ** 2 + (qy - sy * h) ** 2 + (qz - sz * h) ** 2) - radius) * squash
    }
    if (d < best) {
      best = d
      nearestBlob = i
    }
    // Polynomial smooth minimum (Quilez, "smooth minimum").
    const k = m[o + 15]!
    const h = k - Math.abs(result - d)
    result = Math.min(result, d) - (h > 0 ? (h * h) / (4 * k) : 0)
  }
  return result
}

function normalAt(p: Vec): Vec {
  const e = 0.004
  return normalize([
    distance(p[0] + e, p[1], p[2]) - distance(p[0] - e, p[1], p[2]),
    distance(p[0], p[1] + e, p[2]) - distance(p[0], p[1] - e, p[2]),
    distance(p[0], p[1], p[2] + e) - distance(p[0], p[1], p[2] - e),
  ])
}

/** Distance along the ray to where the field falls below `skin`, or -1. */
function march(from: Vec, direction: Vec, start: number, skin: number): number {
  const [dx, dy, dz] = direction
  for (let t = start, i = 0; i < 90 && t < 14; i++) {
    const d = distance(from[0] + dx * t, from[1] + dy * t, from[2] + dz * t) - skin
    if (d < 0.0015) return t
    if (t > start + 4 && d > 2) return -1
    t += d * 0.85
  }
  return -1
}

/** How much of a round lamp a point sees, by the narrowest gap along one ray; `spread` is the lamp's half angle. */
function lampVisibility(from: Vec, direction: Vec, spread: number, skin: number): number {
  let seen = 1
  for (let t = 0.03, i = 0; i < 28 && t < 3; i++) {
    const d = distance(from[0] + direction[0] * t, from[1] + direction[1] * t, from[2] + direction[2] * t) - skin
    seen = Math.min(seen, 0.5 + (0.5 * d) / (spread * t))
    if (seen <= 0) return 0
    t += clamp(Math.abs(d), 0.02, 0.4)
  }
  return smoothstep(0, 1, seen)
}

// --- camera and light -----------------------------------------------------------------------------------------------

const EYE_POINT: Vec = [0.3, 2.75, 8.4]
const LOOK_AT: Vec = [0.26, 1.06, 0.1]
const FORWARD = normalize(sub(LOOK_AT, EYE_POINT))
const RIGHT = normalize(cross(FORWARD, [0, 1, 0]))
const UP = cross(RIGHT, FORWARD)
const FOCUS = dot(sub([0, 1.2, 0.45], EYE_POINT), FORWARD)
/** Pixels per unit of slope. */
const FOCAL = 2310
/** Radius of the lens, in units. */
const APERTURE = 0.15

const rayThrough = (x: number, y: number): Vec =>
  add(FORWARD, add(scale(RIGHT, (x - WIDTH / 2) / FOCAL), scale(UP, (HEIGHT / 2 - y) / FOCAL)))

const KEY = { toward: normalize([-0.8, 0.85, 0.42]), color: [2.4, 2.18, 1.88] as Vec, spread: 0.17 }
const RIM = { toward: normalize([0.62, 0.62, -0.72]), color: [2.9, 2.3, 1.5] as Vec, spread: 0.16 }
const SKY: Vec = [0.5, 0.6, 0.66]
const BOUNCE: Vec = [0.34, 0.29, 0.23]

/** What a mirror sees in a direction: sky above, garden around, a bright window of cloud at the key light. */
function surroundings(d: Vec): Vec {
  const garden: Vec = [0.2, 0.27, 0.1]
  const base = mixVec(d[1] < 0 ? [0.25, 0.21, 0.17] : garden, [0.75, 0.88, 1], smoothstep(0.05, 0.7, d[1]))
  const side = dot(d, normalize(cross(KEY.toward, [0, 1, 0])))
  const high = dot(d, KEY.toward)
  const pane = smoothstep(0.8, 0.86, high) * smoothstep(0.38, 0.33, Math.abs(side))
  return add(base, scale([1, 0.97, 0.92], pane * 9))
}

// --- the garden and the table ---------------------------------------------------------------------------------------

/** Adds the image of one far point of light, as wide as the lens is open; `soft` is the width of its edge in pixels. */
function addDisc(image: Float32Array, cx: number, cy: number, radius: number, soft: number, color: Vec): void {
  // The barrel of the lens trims the discs towards the corners.
  const cutX = cx - (cx - WIDTH / 2) * 0.013
  const cutY = cy - (cy - HEIGHT / 2) * 0.013
  const reach = radius + soft
  for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(HEIGHT, cy + reach); y++) {
    for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(WIDTH, cx + reach); x++) {
      const r = Math.hypot(x + 0.5 - cx, y + 0.5 - cy)
      const cut = Math.hypot(x + 0.5 - cutX, y + 0.5 - cutY)
      const cover = clamp((radius - r) / soft + 0.5) * clamp((radius * 1.04 - cut) / soft + 0.5)
      const ring = 0.85 + 0.25 * smoothstep(0.6, 0.97, r / radius)
      const o = (y * WIDTH + x) * 3
      for (let c = 0; c < 3; c++) image[o + c] = image[o + c]! + color[c]! * cover * ring
    }
  }
}

/** The far garden, already out of focus: soft masses of leaves and a spot of light wherever the sun comes through. */
function drawGarden(): Float32Array {
  const image = new Float32Array(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const u = x / 300
      const v = y / 300
      const mass = smoothstep(
        -0.35,
        0.4,
        fractalNoise(u * 0.9 + 3, v * 0.9, 1.7, 2) + 0.1 * fractalNoise(u * 3, v * 3, 9, 2),
      )
      const glow = Math.exp(-((x - 850) ** 2 / 2e5 + (y - 60) ** 2 / 7e4))
      const cool = smoothstep(-0.3, 0.4, noise(u * 0.7, v * 0.6, 40))
      let color = mixVec([0.018, 0.04, 0.018], mixVec([0.13, 0.2, 0.045], [0.05, 0.15, 0.09], cool), mass)
      color = add(color, scale([0.5, 0.46, 0.2], glow * 0.55))
      // Two trunks, far away.
      const trunk =
        Math.exp(-(((x - 215 - y * 0.06) / 46) ** 2)) * 0.75 + Math.exp(-(((x - 1085 + y * 0.03) / 34) ** 2)) * 0.6
      color = mixVec(color, [0.03, 0.026, 0.02], trunk)
      image.set(color, (y * WIDTH + x) * 3)
    }
  }
  const random = createRandom(77)
  for (let i = 0; i < 900; i++) {
    const [cx, cy, radius] = [random() * WIDTH, random() * 520, mix(22, 48, random())]
    const leaf = mixVec([0.3, 0.5, 0.1], [0.12, 0.34, 0.22], random())
    const bright = 0.1 + 0.9 * smoothstep(-0.3, 0.4, fractalNoise(cx / 150, cy / 150, 31, 2))
    addDisc(image, cx, cy, radius, 14, scale(leaf, bright * 0.3 * random() ** 2.5))
  }
  for (let i = 0; i < 190; i++) {
    const cx = random() * (WIDTH + 120) - 60
    const cy = random() ** 1.3 * 520 - 50
    if (fractalNoise(cx / 170, cy / 170, 5, 2) < -0.02) continue
    // Whoever took this image moved until no light touched the fox.
    if (((cx - 555) / 300) ** 2 + ((cy - 330) / 350) ** 2 < 1) continue
    const radius = mix(17, 37, random())
    const warm = random()
    const strength = 0.035 + 0.4 * random() ** 3.6
    const color = mixVec([0.55, 0.95, 0.4], warm > 0.45 ? [1.25, 0.95, 0.42] : [0.9, 1, 0.85], 0.25 + 0.75 * random())
    addDisc(image, cx, cy, radius, 3, scale(color, strength))
  }
  return image
}

const TABLE_END = -4.6
const PLANK = 0.86

/** Linear color of the weathered boards at a point of the table, with gaps, cracks and pores. */
function wood(x: number, z: number): Vec {
  const turn = 1.2
  const along = x * Math.cos(turn) - z * Math.sin(turn)
  const across = x * Math.sin(turn) + z * Math.cos(turn) + 0.31
  const plank = Math.floor(across / PLANK)
  const inside = across / PLANK - plank
  const seed = plank * 31.7
  const bend = across + 0.05 * noise(along * 0.55, across * 1.3, seed)
  const rings = Math.sin((bend * 9 + 1.2 * fractalNoise(along * 0.35, bend * 2.2, seed, 2)) * 6.3)
  const fibre = fractalNoise(along * 2.2, bend * 70, seed, 3)
  const fine = noise(along * 9, bend * 190, seed)
  const blotch = fractalNoise(along * 0.7, across * 1.4, seed + 9, 2)
  const tone = 0.56 + 0.07 * rings + 0.22 * fibre + 0.15 * fine + 0.16 * blotch + 0.12 * (hash(plank, 3, 8) - 0.5)
  const color = mixVec([0.085, 0.066, 0.052], [0.46, 0.385, 0.31], clamp(tone))
  const edge = Math.min(inside, 1 - inside) * PLANK
  const crack = smoothstep(0.5, 0.62, noise(along * 0.8, bend * 26, seed + 4)) * 0.45
  const pore = smoothstep(0.35, 0.7, noise(along * 6, bend * 85, seed + 6)) * 0.4
  return scale(color, mix(0.07, 1, smoothstep(0.008, 0.026, edge)) * (1 - crack) * (1 - pore))
}

interface Ground {
  readonly columns: number
  readonly rows: number
  /** Per cell: key light, rim light, open sky, mirrored garden, each the visible part in [0, 1]. */
  readonly data: Float32Array
}
const GROUND_LEFT = -2.9
const GROUND_BACK = -2.2
const GROUND_CELL = 0.028

/** Sunflower points on the unit disc, turned by `phase`. */
function discPoint(i: number, count: number, phase: number): readonly [number, number] {
  const r = Math.sqrt((i + 0.5) / count)
  const angle = i * 2.399963 + phase
  return [r * Math.cos(angle), r * Math.sin(angle)]
}

function visiblePart(from: Vec, axis: Vec, spread: number, count: number, phase: number): number {
  const toCenter = sub(BOUND_CENTER, from)
  const side = normalize(cross(axis, [0.3, 0.1, 0.9]))
  const other = cross(axis, side)
  let seen = 0
  for (let i = 0; i < count; i++) {
    const [a, b] = discPoint(i, count, phase)
    const d = normalize(add(axis, add(scale(side, a * spread), scale(other, b * spread))))
    const near = dot(toCenter, d)
    if (near < -0.5 || dot(toCenter, toCenter) - near * near > (BOUND_RADIUS + 0.1) ** 2) seen++
    // Fur stops light well before the skin.
    else if (march(from, d, 0.01, 0.045) < 0) seen++
  }
  return seen / count
}

/** Area-light shadows, ambient occlusion and the fox's dim mirror image, once per cell of the table around it. */
function lightGround(): Ground {
  const columns = 215
  const rows = 180
  const data = new Float32Array(columns * rows * 4)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const p: Vec = [GROUND_LEFT + column * GROUND_CELL, 0.002, GROUND_BACK + row * GROUND_CELL]
      const phase = hash(column, row, 5) * 6.28
      const seen = normalize(sub(p, EYE_POINT))
      data.set(
        [
          visiblePart(p, KEY.toward, KEY.spread, 22, phase),
          visiblePart(p, RIM.toward, RIM.spread, 18, phase),
          visiblePart(p, [0, 1, 0], 1.6, 22, phase),
          visiblePart(p, [seen[0], -seen[1], seen[2]], 0.14, 6, phase),
        ],
        (row * columns + column) * 4,
      )
    }
  }
  return { columns, rows, data: smoothGround(data, columns, rows) }
}

/** One binomial pass over the grid hides the sampling noise; the light is softer than a cell anyway. */
function smoothGround(data: Float32Array, columns: number, rows: number): Float32Array {
  const result = new Float32Array(data)
  for (let row = 1; row < rows - 1; row++) {
    for (let column = 1; column < columns - 1; column++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0
        for (let j = -1; j <= 1; j++) {
          for (let i = -1; i <= 1; i++) {
            sum += data[((row + j) * columns + column + i) * 4 + c]! * (2 - Math.abs(i)) * (2 - Math.abs(j))
          }
        }
        result[(row * columns + column) * 4 + c] = sum / 16
      }
    }
  }
  return result
}

function groundLight(ground: Ground, x: number, z: number, channel: number): number {
  const u = clamp((x - GROUND_LEFT) / GROUND_CELL, 0, ground.columns - 1.001)
  const v = clamp((z - GROUND_BACK) / GROUND_CELL, 0, ground.rows - 1.001)
  const column = Math.floor(u)
  const row = Math.floor(v)
  const at = (i: number, j: number) => ground.data[((row + j) * ground.columns + column + i) * 4 + channel]!
  return mix(mix(at(0, 0), at(1, 0), u - column), mix(at(0, 1), at(1, 1), u - column), v - row)
}

function tableColor(ground: Ground, p: Vec, ray: Vec): Vec {
  const key = groundLight(ground, p[0], p[2], 0)
  const rim = groundLight(ground, p[0], p[2], 1)
  const open = groundLight(ground, p[0], p[2], 2)
  const mirror = groundLight(ground, p[0], p[2], 3)
  const albedo = wood(p[0], p[2])
  // Sun through leaves: the rim light reaches the table in broad, soft patches.
  const dapple = 0.5 + 0.5 * smoothstep(-0.25, 0.35, fractalNoise(p[0] * 0.55 + 4, p[2] * 0.45, 2, 2))
  let light = scale(KEY.color, 0.36 * key * KEY.toward[1])
  light = add(light, scale(RIM.color, 1.02 * rim * RIM.toward[1] * dapple))
  light = add(light, scale(SKY, 0.36 * open ** 1.4))
  light = add(light, scale([0.16, 0.06, 0.02], (1 - open) * open))
  const fresnel = 0.035 + 0.3 * (1 + ray[1]) ** 5
  return add(mul(albedo, light), scale([0.62, 0.66, 0.5], fresnel * mirror * 0.75))
}

/** The whole image without the fox, through a lens with a real aperture. */
function drawScenery(): Float32Array {
  const garden = drawGarden()
  const ground = lightGround()
  const image = new Float32Array(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      let [r, g, b] = [0, 0, 0]
      const phase = hash(x, y, 11) * 6.28
      const o = (y * WIDTH + x) * 3
      for (let i = 0; i < LENS_RAYS; i++) {
        const [a, c] = discPoint(i, LENS_RAYS, phase)
        const lens = add(scale(RIGHT, a * APERTURE), scale(UP, c * APERTURE))
        const jitter = (i + 0.5) / LENS_RAYS
        const target = scale(rayThrough(x + jitter, y + ((i * 0.618) % 1)), FOCUS)
        const ray = normalize(sub(target, lens))
        const from = add(EYE_POINT, lens)
        const t = ray[1] < 0 ? -from[1] / ray[1] : -1
        const hit = add(from, scale(ray, t))
        if (t > 0 && hit[2] > TABLE_END) {
          const color = tableColor(ground, hit, ray)
          r += color[0]
          g += color[1]
          b += color[2]
        } else {
          r += garden[o]!
          g += garden[o + 1]!
          b += garden[o + 2]!
        }
      }
      image[o] = r / LENS_RAYS
      image[o + 1] = g / LENS_RAYS
      image[o + 2] = b / LENS_RAYS
    }
  }
  return smoothFar(image)
}

/** Averages 7 x 7 pixels where the blur of the lens is far wider than that: the few rays per pixel leave noise there. */
function smoothFar(image: Float32Array): Float32Array {
  const result = new Float32Array(image)
  const reach = 3
  for (let y = reach; y < 560; y++) {
    const share = smoothstep(560, 490, y)
    for (let x = reach; x < WIDTH - reach; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let j = -reach; j <= reach; j++) {
          for (let i = -reach; i <= reach; i++) sum += image[((y + j) * WIDTH + x + i) * 3 + c]!
        }
        const o = (y * WIDTH + x) * 3 + c
        result[o] = mix(image[o]!, sum / (2 * reach + 1) ** 2, share)
      }
    }
  }
  return result
}

// --- fur ------------------------------------------------------------------------------------------------------------

const ORANGE: Vec = [0.66, 0.2, 0.035]
const RUST: Vec = [0.42, 0.095, 0.016]
const CREAM: Vec = [0.79, 0.69, 0.55]
const BROWN: Vec = [0.05, 0.028, 0.018]

interface Coat {
  readonly color: Vec
  readonly lengthUnits: number
  /** Direction the hair is combed to, not yet tangent to the skin. */
  readonly comb: Vec
  /** 0 lies flat, 1 stands straight up. */
  readonly lift: number
}

/** How far along the tail a point is, 0 at the root and 1 at the tip, and which way the tip lies. */
function alongTail(p: Vec): { readonly at: number; readonly toward: Vec } {
  let best = 1e9
  let result = { at: 0, toward: [1, 0, 0] as Vec }
  for (let i = 0; i + 1 < TAIL.length; i++) {
    const span = sub(TAIL[i + 1]!.at, TAIL[i]!.at)
    const h = clamp(dot(sub(p, TAIL[i]!.at), span) / dot(span, span))
    const d = length(sub(p, add(TAIL[i]!.at, scale(span, h))))
    if (d < best) {
      best = d
      result = { at: (i + h) / (TAIL.length - 1), toward: normalize(span) }
    }
  }
  return result
}

function coatAt(p: Vec, part: Part): Coat {
  const ragged = 0.06 * noise(p[0] * 14, p[1] * 14, p[2] * 14)
  const shade = 0.5 + 0.5 * fractalNoise(p[0] * 3.1, p[1] * 3.1, p[2] * 3.1, 2)
  const orange = mixVec(RUST, ORANGE, clamp(0.35 + shade))
  const down: Vec = [0, -1, 0]
  if (part === 'tail') {
    const { at, toward } = alongTail(p)
    const tip = smoothstep(0.76, 0.84, at + ragged)
    return {
      color: mixVec(orange, CREAM, tip),
      lengthUnits: 0.12 + 0.1 * Math.min(1, at * 2),
      comb: toward,
      lift: 0.36,
    }
  }
  if (part === 'ear') {
    const q = toHead(p)
    const side = Math.sign(q[0])
    const middle = 0.315 + (q[1] - 0.27) * 0.326
    const inner =
      smoothstep(0.02, 0.07, q[2]) *
      smoothstep(0.15, 0.1, Math.abs(q[0] * side - middle) + (q[1] - 0.3) * 0.24 + ragged)
    const tip = smoothstep(0.56, 0.66, q[1] + ragged)
    const color = mixVec(mixVec(orange, BROWN, tip), [0.6, 0.43, 0.31], inner)
    const comb = turnFromHead([side * 0.35 - inner * side * 0.5, 1, 0])
    return { color, lengthUnits: mix(0.065, 0.11, inner), comb, lift: 0.35 }
  }
  if (part === 'head' || part === 'cheek' || part === 'snout') {
    const q = toHead(p)
    const across = Math.abs(q[0])
    const front = smoothstep(-0.05, 0.12, q[2])
    // Cream cheeks and muzzle; the orange runs down the bridge of the nose between them.
    const line = -0.09 + 0.1 * smoothstep(0.05, 0.16, across) - 0.12 * smoothstep(0.2, 0.42, across) + ragged * 0.6
    const cream = smoothstep(0.025, -0.025, q[1] - line) * front
    // A dab over each eye gives the face its look.
    const brow = smoothstep(0.07, 0.04, Math.hypot((across - 0.2) * 0.8, q[1] - 0.185) + ragged * 0.4) * front
    const nearEye = Math.min(...EYES.map((eye) => length(sub(p, eye)))) - EYE_RADIUS
    const nearNose = length(sub(p, NOSE))
    const long = mix(0.085, 0.19, smoothstep(0.28, 0.5, across) * smoothstep(0.12, -0.1, q[1]))
    const short = smoothstep(0.02, 0.28, nearNose - 0.07) * smoothstep(-0.03, 0.13, nearEye)
    const rimmed = smoothstep(0.035, 0.012, nearEye)
    const color = mixVec(mixVec(orange, CREAM, Math.max(cream, brow * 0.6)), BROWN, rimmed)
    const away = sub(q, [0, -0.05, 0.75])
    const comb = turnFromHead([away[0] * 1.4, away[1] - 0.12, away[2]])
    return { color, lengthUnits: mix(0.03, long, short), comb, lift: mix(0.3, 0.5, short) }
  }
  if (part === 'paw' || part === 'leg') {
    const sock = smoothstep(0.4, 0.3, p[1] + ragged)
    return {
      color: mixVec(orange, BROWN, sock),
      lengthUnits: mix(0.06, 0.12, smoothstep(0.1, 0.6, p[1])),
      comb: down,
      lift: 0.35,
    }
  }
  const bib = smoothstep(0.3, 0.22, Math.abs(p[0] - 0.02) + ragged * 1.5) * smoothstep(0.12, 0.28, p[2])
  const comb: Vec = [p[0] * 0.4, -1, 0.25 * bib]
  return { color: mixVec(orange, CREAM, bib), lengthUnits: mix(0.13, 0.2, bib), comb, lift: mix(0.36, 0.45, bib) }
}

/** Center of the tuft a root belongs to: the nearest of one jittered point per cell (Worley). */
function tuftCenter(p: Vec, cell: number): Vec {
  const [x, y, z] = [Math.floor(p[0] / cell), Math.floor(p[1] / cell), Math.floor(p[2] / cell)]
  let best = 1e9
  let center = p
  for (let i = x - 1; i <= x + 1; i++) {
    for (let j = y - 1; j <= y + 1; j++) {
      for (let k = z - 1; k <= z + 1; k++) {
        const c: Vec = [(i + hash(i, j, k)) * cell, (j + hash(k, i, j)) * cell, (k + hash(j, k, i)) * cell]
        const d = (c[0] - p[0]) ** 2 + (c[1] - p[1]) ** 2 + (c[2] - p[2]) ** 2
        if (d < best) {
          best = d
          center = c
        }
      }
    }
  }
  return center
}

/** Line segments on the supersampled screen, one row of `FIELDS` numbers each. */
class Strands {
  static readonly FIELDS = 11
  data = new Float32Array(1 << 22)
  count = 0

  /** Ends as `project` gives them, half widths in samples, opacity in [0, 1], linear color. */
  push(a: Vec, b: Vec, widthA: number, widthB: number, opacity: number, color: Vec): void {
    const o = this.count * Strands.FIELDS
    if (o + Strands.FIELDS > this.data.length) {
      const larger = new Float32Array(this.data.length * 2)
      larger.set(this.data)
      this.data = larger
    }
    this.data.set([a[0], a[1], b[0], b[1], (a[2] + b[2]) / 2, widthA, widthB, opacity, color[0], color[1], color[2]], o)
    this.count++
  }
}

/** Screen position in samples, and depth along the view axis. */
function project(p: Vec): Vec {
  const q = sub(p, EYE_POINT)
  const depth = dot(q, FORWARD)
  const s = (FOCAL * SUPERSAMPLE) / depth
  return [(WIDTH / 2) * SUPERSAMPLE + dot(q, RIGHT) * s, (HEIGHT / 2) * SUPERSAMPLE - dot(q, UP) * s, depth]
}

interface RootLight {
  readonly key: number
  readonly rim: number
  readonly open: number
}

function lightRoot(p: Vec, normal: Vec, lengthUnits: number): RootLight {
  const out = add(p, scale(normal, lengthUnits * 0.6))
  let closed = 0
  for (const step of [0.08, 0.2, 0.42]) {
    const q = add(out, scale(normal, step))
    closed += Math.max(0, step - Math.min(distance(q[0], q[1], q[2]), q[1])) * (0.09 / step)
  }
  return {
    // Some light always seeps through fur.
    key: mix(0.16, 1, lampVisibility(out, KEY.toward, KEY.spread, 0)),
    rim: lampVisibility(out, RIM.toward, RIM.spread, 0.02),
    open: clamp(1 - closed * 3.4, 0.22, 1),
  }
}

/** Light of one piece of hair: Kajiya and Kay (1989) for the strand, mixed with the slope of the coat it lies in. */
function hairColor(albedo: Vec, tangent: Vec, normal: Vec, light: RootLight, height: number): Vec {
  const view = scale(FORWARD, -1)
  let sum: Vec = [0, 0, 0]
  let shine: Vec = [0, 0, 0]
  for (const lamp of [KEY, RIM]) {
    const seen = lamp === KEY ? light.key : light.rim
    const along = dot(tangent, lamp.toward)
    const slope = dot(normal, lamp.toward)
    const strand = Math.sqrt(Math.max(0, 1 - along * along))
    const diffuse = strand * clamp((slope + 0.35) / 1.35) * 0.85 + 0.15 * clamp(slope)
    sum = add(sum, scale(lamp.color, diffuse * seen * 0.62))
    const half = normalize(add(lamp.toward, view))
    const across = Math.sqrt(Math.max(0, 1 - dot(tangent, half) ** 2))
    shine = add(shine, scale(lamp.color, across ** 40 * seen * clamp(slope + 0.3) * 0.045))
    // Hair between us and the lamp glows.
    const through = clamp(-dot(view, lamp.toward)) * seen * height
    sum = add(sum, scale(lamp.color, through * 0.75))
  }
  sum = add(sum, scale(SKY, light.open * (0.55 + 0.45 * normal[1]) * 0.8))
  sum = add(sum, scale(BOUNCE, (0.5 - 0.5 * normal[1]) * 0.9 * light.open))
  // Neighboring fur is lit too, and it is warm.
  sum = add(sum, scale([0.3, 0.19, 0.1], 1 - light.open))
  const depth = mix(0.16, 1, height ** 0.8) * mix(0.55, 1, light.open)
  // Light that went through several hairs is more saturated.
  const deep: Vec = [
    albedo[0] ** mix(1.2, 1, height),
    albedo[1] ** mix(1.35, 1, height),
    albedo[2] ** mix(1.4, 1, height),
  ]
  return add(mul(deep, scale(sum, depth)), scale(shine, depth))
}

function growFur(strands: Strands): void {
  const random = createRandom(2024)
  const spread = () => random() + random() + random() - 1.5
  const shell = 0.03
  let grown = 0
  while (grown < HAIR_COUNT) {
    let p: Vec = [mix(-0.85, 1.5, random()), mix(0, 2.4, random()), mix(-0.75, 1.05, random())]
    const d = distance(p[0], p[1], p[2])
    if (Math.abs(d) > shell) continue
    const part = BLOBS[nearestBlob]!.part
    if (part === 'eye' || part === 'nose') continue
    grown++
    const normal = normalAt(p)
    p = sub(p, scale(normal, d))
    // Hair on the far side only matters where it can stand out over the silhouette.
    if (dot(normal, FORWARD) > 0.55 || p[1] < 0.004) continue
    const coat = coatAt(p, part)
    const tuft = tuftCenter(p, 0.075)
    const tuftSeed = hash(Math.round(tuft[0] * 5000), Math.round(tuft[1] * 5000), Math.round(tuft[2] * 5000))
    const stray = random() < 0.035
    const lengthUnits = coat.lengthUnits * mix(0.65, 1.1, random()) * mix(0.85, 1.15, tuftSeed) * (stray ? 1.15 : 1)
    let comb = sub(coat.comb, scale(normal, dot(coat.comb, normal)))
    comb = normalize(comb)
    const swirl: Vec = [
      noise(p[0] * 3, p[1] * 3, p[2] * 3 + 10),
      noise(p[0] * 3, p[1] * 3, p[2] * 3 + 50),
      noise(p[0] * 3, p[1] * 3, p[2] * 3 + 90),
    ]
    const wild = stray ? 0.3 : 0.14
    const lift = coat.lift + (stray ? 0.12 : 0) + 0.12 * (tuftSeed - 0.5)
    let direction = add(scale(normal, lift), scale(comb, 1 - lift * 0.6))
    direction = add(direction, scale(swirl, 0.3))
    direction = normalize(add(direction, [spread() * wild, spread() * wild, spread() * wild]))
    const light = lightRoot(p, normal, coat.lengthUnits)
    const tone = mix(0.72, 1.2, random()) * mix(0.78, 1.12, tuftSeed)
    const albedo = mixVec(scale(coat.color, tone), CREAM, random() < 0.05 ? 0.25 : 0)
    growHair(strands, { root: p, direction, normal, tuft, lengthUnits, albedo, light, stray })
  }
}

interface Hair {
  readonly root: Vec
  readonly direction: Vec
  /** Of the skin at the root. */
  readonly normal: Vec
  /** Where the hairs around this one lean together. */
  readonly tuft: Vec
  readonly lengthUnits: number
  readonly albedo: Vec
  readonly light: RootLight
  /** Stands out of its tuft. */
  readonly stray: boolean
}

function growHair(strands: Strands, hair: Hair): void {
  const { root, normal, tuft, lengthUnits, albedo, light, stray } = hair
  let p = root
  let direction = hair.direction
  let from = project(p)
  const step = lengthUnits / SEGMENTS
  const pull = stray ? 0 : 0.5
  for (let i = 0; i < SEGMENTS; i++) {
    const t = (i + 0.5) / SEGMENTS
    const inward = sub(tuft, root)
    const flat = sub(inward, scale(normal, dot(inward, normal)))
    direction = normalize(add(direction, add(scale(flat, pull * t * 6), [0, -0.05 - 0.08 * t, 0])))
    p = add(p, scale(direction, step))
    // Hair that meets the table lies down on it.
    if (p[1] < 0.008) p = [p[0], 0.008, p[2]]
    const to = project(p)
    const blur = (Math.abs(to[2] - FOCUS) / to[2]) * APERTURE * FOCAL * SUPERSAMPLE * 0.12
    const width = 0.0034 * ((FOCAL * SUPERSAMPLE) / to[2]) * 0.5
    const [wide, thin] = [width * (1 - 0.75 * (i / SEGMENTS)), width * (1 - 0.75 * ((i + 1) / SEGMENTS))]
    const shown = (wide + thin) / (wide + thin + blur)
    const color = hairColor(albedo, direction, normal, light, t)
    strands.push(from, to, wide + blur / 2, thin + blur / 2, shown * mix(1, 0.8, t), color)
    from = to
  }
}

/** Whiskers, and the stitched mouth: single strands, thicker than fur. */
function growWhiskers(strands: Strands): void {
  const random = createRandom(5)
  const view = scale(FORWARD, -1)
  for (const side of [-1, 1]) {
    for (let i = 0; i < 6; i++) {
      let p = fromHead([side * (0.115 + 0.02 * (i % 2)), -0.1 - 0.028 * i * 0.7, 0.56 - 0.028 * (i % 3)])
      let direction = normalize(turnFromHead([side, 0.34 - 0.14 * i + 0.05 * random(), 0.22]))
      const long = mix(0.5, 0.68, random())
      let from = project(p)
      for (let s = 0; s < 30; s++) {
        direction = normalize(add(direction, [0, -0.014 - 0.0006 * s, -0.008]))
        p = add(p, scale(direction, long / 30))
        const to = project(p)
        const width = 1.35 * (1 - 0.8 * (s / 30))
        const light: RootLight = { key: 1, rim: 1, open: 1 }
        strands.push(from, to, width, width, 0.95, hairColor([0.9, 0.86, 0.8], direction, view, light, 0.8))
        from = to
      }
    }
  }
  const mouth: Vec[] = []
  for (let i = 0; i <= 48; i++) {
    const u = (i / 48) * 2 - 1
    mouth.push([u * 0.1, -0.2 - 0.03 * Math.sin(Math.abs(u) * 3.14) + 0.03 * u * u, 0.6])
  }
  for (const path of [mouth, [[0, -0.125, 0.6] as Vec, [0, -0.16, 0.6] as Vec, [0, -0.2, 0.6] as Vec]]) {
    const onSkin = path.map((q) => {
      const from = fromHead([q[0], q[1], 1.2])
      const t = march(from, scale(HEAD_AXES[2], -1), 0, 0.022)
      return project(add(from, scale(HEAD_AXES[2], -t)))
    })
    for (let i = 1; i < onSkin.length; i++) strands.push(onSkin[i - 1]!, onSkin[i]!, 3, 3, 0.92, [0.02, 0.012, 0.01])
  }
}

// --- the fox on the screen ------------------------------------------------------------------------------------------

interface Layer {
  readonly width: number
  readonly height: number
  /** Premultiplied linear RGB and alpha. */
  readonly data: Float32Array
}

function shine(p: Vec, normal: Vec, ray: Vec, base: Vec, gloss: number): Vec {
  const facing = clamp(-dot(normal, ray))
  const mirrored = sub(ray, scale(normal, 2 * dot(ray, normal)))
  const fresnel = 0.04 + 0.96 * (1 - facing) ** 5
  const light = add(scale(SKY, 0.5 + 0.4 * normal[1]), scale(KEY.color, clamp(dot(normal, KEY.toward)) * 0.5))
  const grain = 1 + 0.25 * noise(p[0] * 160, p[1] * 160, p[2] * 160) * (1 - gloss)
  return add(mul(base, scale(light, grain)), scale(surroundings(normalize(mirrored)), fresnel * mix(0.45, 1, gloss)))
}

function skinColor(p: Vec, ray: Vec): Vec {
  const part = BLOBS[nearestBlob]!.part
  const normal = normalAt(p)
  if (part === 'nose') return shine(p, normal, ray, [0.02, 0.017, 0.017], 0.35)
  if (part === 'eye') {
    const angle = Math.acos(clamp(dot(normal, normalize(add(HEAD_AXES[2], scale(ray, -2.2)))), -1, 1))
    const iris = smoothstep(0.72, 0.78, angle) * smoothstep(1.16, 1.0, angle)
    const base = mixVec([0.006, 0.005, 0.005], [0.24, 0.085, 0.014], iris)
    return shine(p, normal, ray, base, 1)
  }
  const coat = coatAt(p, part)
  return hairColor(coat.color, coat.comb, normal, lightRoot(p, normal, coat.lengthUnits), 0.25)
}

/** The skin, eyes and nose by ray marching, then every strand over them from back to front. */
function drawFox(): Layer {
  const width = WIDTH * SUPERSAMPLE
  const height = HEIGHT * SUPERSAMPLE
  const data = new Float32Array(width * height * 4)
  const depth = new Float32Array(width * height).fill(1e9)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const through = rayThrough((x + 0.5) / SUPERSAMPLE, (y + 0.5) / SUPERSAMPLE)
      const ray = normalize(through)
      const toCenter = sub(BOUND_CENTER, EYE_POINT)
      const near = dot(toCenter, ray)
      if (dot(toCenter, toCenter) - near * near > BOUND_RADIUS ** 2) continue
      const t = march(EYE_POINT, ray, near - BOUND_RADIUS, 0)
      if (t < 0) continue
      const p = add(EYE_POINT, scale(ray, t))
      if (p[1] < 0) continue
      distance(p[0], p[1], p[2])
      data.set([...skinColor(p, ray), 1], (y * width + x) * 4)
      depth[y * width + x] = dot(sub(p, EYE_POINT), FORWARD)
    }
  }
  const strands = new Strands()
  growFur(strands)
  growWhiskers(strands)
  for (const i of farthestFirst(strands)) drawStrand(strands, i, data, depth, width, height)
  return { width, height, data }
}

/** Counting sort by depth, in slices much thinner than a hair is long. */
function farthestFirst(strands: Strands): Uint32Array {
  const slices = 1 << 14
  const slice = new Uint16Array(strands.count)
  const starts = new Uint32Array(slices + 1)
  for (let i = 0; i < strands.count; i++) {
    const depth = strands.data[i * Strands.FIELDS + 4]!
    slice[i] = slices - 1 - Math.floor(clamp((depth - 6) / 5, 0, 0.9999) * slices)
    starts[slice[i]! + 1]!++
  }
  for (let s = 0; s < slices; s++) starts[s + 1]! += starts[s]!
  const order = new Uint32Array(strands.count)
  for (let i = 0; i < strands.count; i++) order[starts[slice[i]!]!++] = i
  return order
}

function drawStrand(
  strands: Strands,
  index: number,
  data: Float32Array,
  depth: Float32Array,
  width: number,
  height: number,
): void {
  const s = strands.data
  const o = index * Strands.FIELDS
  const ax = s[o]!
  const ay = s[o + 1]!
  const dx = s[o + 2]! - ax
  const dy = s[o + 3]! - ay
  const far = s[o + 4]! - 0.012
  const wide = s[o + 5]!
  const thin = s[o + 6]!
  const opacity = s[o + 7]!
  const lengthSquared = dx * dx + dy * dy + 1e-9
  const reach = Math.max(wide, thin) + 0.5
  const left = Math.max(0, Math.floor(Math.min(ax, ax + dx) - reach))
  const right = Math.min(width - 1, Math.ceil(Math.max(ax, ax + dx) + reach))
  const top = Math.max(0, Math.floor(Math.min(ay, ay + dy) - reach))
  const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, ay + dy) + reach))
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - ax
      const py = y + 0.5 - ay
      // Half open, so that a joint between two segments is painted once.
      const t = (px * dx + py * dy) / lengthSquared
      if (t < 0 || t >= 1) continue
      const off = Math.abs(px * dy - py * dx) / Math.sqrt(lengthSquared)
      const half = wide + (thin - wide) * t
      const cover = Math.min(1, 2 * half, Math.max(0, half + 0.5 - off)) * opacity
      const at = y * width + x
      if (cover <= 0 || far > depth[at]!) continue
      const keep = 1 - cover
      const q = at * 4
      data[q] = data[q]! * keep + s[o + 8]! * cover
      data[q + 1] = data[q + 1]! * keep + s[o + 9]! * cover
      data[q + 2] = data[q + 2]! * keep + s[o + 10]! * cover
      data[q + 3] = data[q + 3]! * keep + cover
    }
  }
}

/** Average of SUPERSAMPLE x SUPERSAMPLE samples per pixel. */
function shrink(layer: Layer): Layer {
  const data = new Float32Array(WIDTH * HEIGHT * 4)
  const share = 1 / SUPERSAMPLE ** 2
  for (let y = 0; y < layer.height; y++) {
    for (let x = 0; x < layer.width; x++) {
      const from = (y * layer.width + x) * 4
      const to = (Math.floor(y / SUPERSAMPLE) * WIDTH + Math.floor(x / SUPERSAMPLE)) * 4
      for (let c = 0; c < 4; c++) data[to + c] = data[to + c]! + layer.data[from + c]! * share
    }
  }
  return { width: WIDTH, height: HEIGHT, data }
}

// --- film -----------------------------------------------------------------------------------------------------------

/** Filmic curve (Narkowicz's fit of ACES), then the sRGB transfer function; linear in, 0..255 out. */
function develop(linear: number): number {
  const x = linear * 0.92
  const film = clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14))
  return 255 * (film <= 0.0031308 ? film * 12.92 : 1.055 * film ** (1 / 2.4) - 0.055)
}

function expose(scenery: Float32Array, fox: Layer): Uint8Array {
  const random = createRandom(99)
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const i = y * WIDTH + x
      const fromCenter = ((x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2) / (WIDTH / 2) ** 2
      const vignette = 1 - 0.2 * fromCenter
      const grain = (random() + random() + random() - 1.5) * 4.6
      for (let c = 0; c < 3; c++) {
        const linear = fox.data[i * 4 + c]! + (1 - fox.data[i * 4 + 3]!) * scenery[i * 3 + c]!
        const value = develop(linear * vignette)
        pixels[i * 3 + c] = clamp(value + grain * (1 - 0.5 * (value / 255)) + 0.5, 0, 255)
      }
    }
  }
  return pixels
}

const { values } = parseArgs({ options: { out: { type: 'string' }, alpha: { type: 'string' } } })
const out = values.out ?? fileURLToPath(new URL('../examples/photo.jpg', import.meta.url))
const fox = shrink(drawFox())
const photo = expose(drawScenery(), fox)
await sharp(photo, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  .jpeg({ quality: 90, mozjpeg: true })
  .toFile(out)
if (values.alpha !== undefined) {
  const alpha = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.round(clamp(fox.data[i * 4 + 3]!) * 255))
  await sharp(alpha, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .toColorspace('b-w')
    .png()
    .toFile(values.alpha)
}
