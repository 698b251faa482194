// RGB and gray ICC profiles made of curves and a matrix, applied to 16-bit samples by their definition. libvips would do it
// by interpolation in a coarse table, several steps of 255 off in saturated colors, and not at all for 16-bit gray.
// ICC.1:2022 sections 10.6 (curve), 10.18 (parametric curve), E.2 (three-component matrix); IEC 61966-2-1 (sRGB).

export interface MatrixProfile {
  /** Linear light of each 16-bit sample, for red, green and blue. */
  readonly curves: readonly [Float32Array, Float32Array, Float32Array]
  /** Linear light of the space to linear sRGB, by rows. */
  readonly matrix: readonly number[]
}

const SAMPLES = 65536
const MAX_TAGS = 100
/** XYZ (D50) to linear sRGB: the inverse of sRGB's primaries adapted by Bradford. */
const TO_SRGB = [3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.033454, 0.0719453, -0.2289914, 1.4052427]
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]

/** The profile's curves and matrix, or null where it is made of tables, or damaged. */
export function readMatrixProfile(icc: Uint8Array): MatrixProfile | null {
  try {
    const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength)
    const name = (at: number): string => String.fromCharCode(...icc.subarray(at, at + 4))
    const tags = new Map<string, number>()
    const count = Math.min(view.getUint32(128), MAX_TAGS)
    for (let i = 0, at = 132; i < count; i++, at += 12) tags.set(name(at), view.getUint32(at + 4))
    // Tables go before the matrix where a profile has both.
    if (tags.has('A2B0') || name(20) !== 'XYZ ') return null
    const curve = (tag: string): Float32Array => readCurve(view, tags.get(tag)!)
    if (name(16) === 'GRAY') {
      const grey = curve('kTRC')
      return { curves: [grey, grey, grey], matrix: IDENTITY }
    }
    if (name(16) !== 'RGB ') return null
    const columns = ['rXYZ', 'gXYZ', 'bXYZ'].map((tag) => [8, 12, 16].map((at) => fixed(view, tags.get(tag)! + at)))
    const matrix = [0, 1, 2].flatMap((row) =>
      columns.map((column) => column.reduce((sum, value, i) => sum + TO_SRGB[row * 3 + i]! * value, 0)),
    )
    return { curves: [curve('rTRC'), curve('gTRC'), curve('bTRC')], matrix }
  } catch {
    // Offsets outside, or tags that are not there.
    return null
  }
}

/** Changes the pixels `from` to `to` of RGB or RGBA samples of the profile's space to sRGB, in place. Alpha stays. */
export function convertToSrgb(
  samples: Uint16Array,
  channels: 3 | 4,
  { curves: [red, green, blue], matrix }: MatrixProfile,
  from: number,
  to: number,
): void {
  encoded ??= encodedTable()
  const [a, b, c, d, e, f, g, h, i] = matrix as [number, number, number, number, number, number, number, number, number]
  for (let pixel = from, at = from * channels; pixel < to; pixel++, at += channels) {
    const r = red[samples[at]!]!
    const v = green[samples[at + 1]!]!
    const u = blue[samples[at + 2]!]!
    samples[at] = encode(a * r + b * v + c * u, encoded)
    samples[at + 1] = encode(d * r + e * v + f * u, encoded)
    samples[at + 2] = encode(g * r + h * v + i * u, encoded)
  }
}

let encoded: Float32Array | null = null

/** sRGB's transfer function at 65537 points, in 0..65535; between two of them it is straight to within half a step. */
function encodedTable(): Float32Array {
  return Float32Array.from({ length: SAMPLES + 1 }, (_, i) => {
    const linear = i / SAMPLES
    return 65535 * (linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055)
  })
}

function encode(linear: number, table: Float32Array): number {
  if (linear <= 0) return 0
  if (linear >= 1) return 65535
  const place = linear * SAMPLES
  const index = Math.floor(place)
  const low = table[index]!
  return Math.round(low + (table[index + 1]! - low) * (place - index))
}

function fixed(view: DataView, at: number): number {
  return view.getInt32(at) / 65536
}

function readCurve(view: DataView, at: number): Float32Array {
  const at8 = view.getUint32(at + 8)
  const curve = view.getUint32(at) === 0x70617261 ? parametric(view, at) : table(view, at + 12, at8)
  return Float32Array.from({ length: SAMPLES }, (_, i) => curve(i / (SAMPLES - 1)))
}

/** `curv`: no entries is the identity, one is a gamma in 8.8, more are points between which it is straight. */
function table(view: DataView, at: number, count: number): (x: number) => number {
  if (count === 0) return (x) => x
  if (count === 1) {
    const gamma = view.getUint16(at) / 256
    return (x) => x ** gamma
  }
  // Read now, so that a count that reaches outside fails here.
  view.getUint16(at + 2 * (count - 1))
  return (x) => {
    const place = x * (count - 1)
    const index = Math.min(count - 2, Math.floor(place))
    const low = view.getUint16(at + 2 * index)
    return (low + (view.getUint16(at + 2 * index + 2) - low) * (place - index)) / 65535
  }
}

/** `para`, types 0 to 4. */
function parametric(view: DataView, at: number): (x: number) => number {
  const type = view.getUint16(at + 8)
  const parameter = (index: number): number => fixed(view, at + 12 + 4 * index)
  const gamma = parameter(0)
  if (type === 0) return (x) => x ** gamma
  if (type > 4) throw new RangeError(`parametric curve of type ${type}`)
  const [a, b] = [parameter(1), parameter(2)]
  if (type <= 2) {
    const c = type === 2 ? parameter(3) : 0
    return (x) => (x >= -b / a ? (a * x + b) ** gamma + c : c)
  }
  const [c, d] = [parameter(3), parameter(4)]
  const [e, f] = type === 4 ? [parameter(5), parameter(6)] : [0, 0]
  return (x) => (x >= d ? (a * x + b) ** gamma + e : c * x + f)
}
