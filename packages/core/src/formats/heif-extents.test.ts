// A HEIF image is whole exactly where the data of every item that it is made of lies within the file.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lacksPixels } from './lacks-pixels.ts'

const be = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) % 256)
const latin = (text: string): number[] => [...Buffer.from(text, 'latin1')]
const box = (type: string, ...parts: readonly number[][]): number[] => {
  const body = parts.flat()
  return [...be(body.length + 8, 4), ...latin(type), ...body]
}

interface Extent {
  readonly offset: number
  readonly length: number
}

interface Layout {
  readonly version: 0 | 1 | 2
  readonly width: 4 | 8
  readonly base: number
  /** By item. */
  readonly extents: Readonly<Record<number, readonly Extent[]>>
}

/** Sections 8.11.3: item 2 lies in the `idat` box where the version knows of that. */
function iloc({ version, width, base, extents }: Layout, inIdat: readonly number[]): number[] {
  const idSize = version < 2 ? 2 : 4
  const items = Object.entries(extents).map(([id, list]) => [
    ...be(Number(id), idSize),
    ...(version === 0 ? [] : be(inIdat.includes(Number(id)) ? 1 : 0, 2)),
    ...be(0, 2),
    ...be(base, width),
    ...be(list.length, 2),
    ...list.flatMap(({ offset, length }) => [...be(offset - base, width), ...be(length, width)]),
  ])
  const sizes = [(width << 4) | width, width << 4]
  return box('iloc', be(version, 1), be(0, 3), sizes, be(items.length, idSize), items.flat())
}

/** Item 1 is a grid of 2 and 3, 4 its alpha, 5 a thumbnail, 6 a map of depths. */
const reference = (type: string, from: number, to: readonly number[]) =>
  box(
    type,
    be(from, 2),
    be(to.length, 2),
    to.flatMap((id) => be(id, 2)),
  )
const iref = box(
  'iref',
  be(0, 4),
  reference('dimg', 1, [2, 3]),
  reference('auxl', 4, [1]),
  reference('thmb', 5, [1]),
  reference('auxl', 6, [1]),
)
const aux = (kind: string) => box('auxC', be(0, 4), latin(`urn:mpeg:mpegB:cicp:systems:auxiliary:${kind}\0`))
const properties = box(
  'ipco',
  box('ispe', be(0, 4), be(8, 4), be(8, 4)),
  box('av1C', [0x81, 0, 0, 0]),
  aux('alpha'),
  aux('depth'),
)
const associations = box('ipma', be(0, 4), be(3, 4), be(1, 2), [2, 1, 2], be(4, 2), [1, 3], be(6, 2), [1, 4])
const NEEDED = [1, 2, 3, 4]

function file(layout: Layout, length: number, inIdat: readonly number[] = []): Uint8Array {
  const meta = box(
    'meta',
    be(0, 4),
    box('pitm', be(0, 4), be(1, 2)),
    iloc(layout, inIdat),
    iref,
    box('iprp', properties, associations),
  )
  const bytes = [...box('ftyp', latin('avif'), be(0, 4), latin('mif1')), ...meta]
  const padding = box('mdat', Array<number>(Math.max(0, length - bytes.length - 8)).fill(0))
  return Uint8Array.from([...bytes, ...padding]).subarray(0, length)
}

const lacks = (bytes: Uint8Array): boolean => lacksPixels(bytes, 'avif')

const LENGTH = 1200
const extent = fc.record({ offset: fc.integer({ min: 600, max: 1300 }), length: fc.integer({ min: 0, max: 300 }) })
const layout: fc.Arbitrary<Layout> = fc.record({
  version: fc.constantFrom(0, 1, 2),
  width: fc.constantFrom(4, 8),
  base: fc.constantFrom(0, 500),
  extents: fc.record(
    Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, fc.array(extent, { minLength: 0, maxLength: 2 })])),
  ),
})

describe('the data of a HEIF image', () => {
  it('has to lie within the file: that of its tiles and its alpha, not that of others', () =>
    fc.assert(
      fc.property(layout, (one) => {
        const isWhole = NEEDED.every((id) => one.extents[id]!.every(({ offset, length }) => offset + length <= LENGTH))
        expect(lacks(file(one, LENGTH))).toBe(!isWhole)
      }),
      { numRuns: 300 },
    ))

  it('may lie in the box of the header', () => {
    const one: Layout = { version: 1, width: 4, base: 0, extents: { 1: [{ offset: 9000, length: 8 }] } }
    expect(lacks(file(one, LENGTH, [1]))).toBe(false)
    expect(lacks(file(one, LENGTH))).toBe(true)
  })
})
