// ICC profiles for color that a file states without one: by primaries and transfer function. A version 2 matrix profile,
// ICC.1:2001-04; primaries and transfer functions of ITU-T H.273; adaptation to D50 by Bradford (ICC.1:2022, annex E).

/** Chromaticities of red, green, blue and white: x and y each. */
export type Primaries = readonly (readonly [x: number, y: number])[]

/** Linear light of a sample in 0..1: a power of it, or sRGB's function. */
export type Transfer = { readonly gamma: number } | 'srgb'

type Matrix = readonly (readonly number[])[]

const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]
const D50 = [0.9642, 1, 0.8249] as const
const CURVE_POINTS = 1024
const HEADER_BYTES = 128

/** An RGB profile. Primaries must span a triangle. */
export function buildProfile(primaries: Primaries, transfer: Transfer): Uint8Array {
  const columns = adaptedColumns(primaries)
  const curve = transfer === 'srgb' ? curveTag(srgbCurve()) : curveTag([Math.round(transfer.gamma * 256)])
  const tags: readonly (readonly [name: string, body: Buffer])[] = [
    ['desc', description('Stated by the image file')],
    ['cprt', Buffer.from('text\0\0\0\0No copyright\0', 'latin1')],
    ['wtpt', xyzTag(D50)],
    ['rXYZ', xyzTag(columns[0]!)],
    ['gXYZ', xyzTag(columns[1]!)],
    ['bXYZ', xyzTag(columns[2]!)],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ]
  return assemble(tags)
}

/** XYZ of full red, green and blue, seen under D50. */
function adaptedColumns(primaries: Primaries): Matrix {
  const xyz = primaries.map(([x, y]) => [x / y, 1, (1 - x - y) / y])
  const [red, green, blue, white] = xyz as [number[], number[], number[], number[]]
  const scale = apply(invert(transpose([red, green, blue])), white)
  const from = apply(BRADFORD, white)
  const to = apply(BRADFORD, D50)
  const back = invert(BRADFORD)
  const adapt = (color: readonly number[]) =>
    apply(
      back,
      apply(BRADFORD, color).map((v, i) => (v * to[i]!) / from[i]!),
    )
  return [red, green, blue].map((color, i) => adapt(color.map((v) => v * scale[i]!)))
}

function srgbCurve(): number[] {
  return Array.from({ length: CURVE_POINTS }, (_, i) => {
    const v = i / (CURVE_POINTS - 1)
    return Math.round(65535 * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  })
}

function apply(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0))
}

function transpose(matrix: Matrix): Matrix {
  return [0, 1, 2].map((i) => matrix.map((row) => row[i]!))
}

/** Of 3 x 3, by cofactors. */
function invert(m: Matrix): Matrix {
  const at = (row: number, column: number) => m[row % 3]![column % 3]!
  const cofactor = (r: number, c: number) => at(r + 1, c + 1) * at(r + 2, c + 2) - at(r + 1, c + 2) * at(r + 2, c + 1)
  const determinant = [0, 1, 2].reduce((sum, c) => sum + at(0, c) * cofactor(0, c), 0)
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => cofactor(column, row) / determinant))
}

function xyzTag(values: readonly number[]): Buffer {
  const out = Buffer.alloc(20)
  out.write('XYZ ', 'latin1')
  for (const [i, value] of values.entries()) out.writeInt32BE(Math.round(value * 65536), 8 + 4 * i)
  return out
}

/** One entry is a gamma in 8.8 fixed point, more are samples. */
function curveTag(entries: readonly number[]): Buffer {
  const out = Buffer.alloc(12 + 2 * entries.length)
  out.write('curv', 'latin1')
  out.writeUInt32BE(entries.length, 8)
  for (const [i, value] of entries.entries()) out.writeUInt16BE(value, 12 + 2 * i)
  return out
}

function description(text: string): Buffer {
  // The empty Unicode and Macintosh forms behind it take 78 bytes.
  const out = Buffer.alloc(12 + text.length + 1 + 78)
  out.write('desc', 'latin1')
  out.writeUInt32BE(text.length + 1, 8)
  out.write(text, 12, 'latin1')
  return out
}

function assemble(tags: readonly (readonly [name: string, body: Buffer])[]): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(0x02100000, 8)
  header.write('mntrRGB XYZ ', 12, 'latin1')
  header.write('acsp', 36, 'latin1')
  for (const [i, value] of D50.entries()) header.writeInt32BE(Math.round(value * 65536), 68 + 4 * i)
  const table = Buffer.alloc(4 + 12 * tags.length)
  table.writeUInt32BE(tags.length, 0)
  const bodies: Buffer[] = []
  let at = header.length + table.length
  for (const [i, [name, body]] of tags.entries()) {
    table.write(name, 4 + 12 * i, 'latin1')
    table.writeUInt32BE(at, 8 + 12 * i)
    table.writeUInt32BE(body.length, 12 + 12 * i)
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    bodies.push(padded)
    at += padded.length
  }
  const profile = Buffer.concat([header, table, ...bodies])
  profile.writeUInt32BE(profile.length, 0)
  return new Uint8Array(profile)
}
