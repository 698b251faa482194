import { expect, it } from 'vitest'
import type { Plane } from '../../pixels/raster.ts'
import { agreeOnRegions } from './agree-on-regions.ts'

const SIZE = 256
const plane = (value: (x: number, y: number) => number): Plane => ({
  width: SIZE,
  height: SIZE,
  data: Float32Array.from({ length: SIZE * SIZE }, (_, i) => value(i % SIZE, Math.floor(i / SIZE))),
})
const at = ({ data }: Plane, x: number, y: number) => data[y * SIZE + x]!

const head = (x: number, y: number) => (x > 40 && x < 120 && y > 40 && y < 120 ? 1 : 0)
const body = (x: number, y: number) => (x > 40 && x < 120 && y > 120 && y < 220 ? 1 : 0)

it('keeps an alpha that all agree on', () => {
  const alpha = plane(head)
  const same = agreeOnRegions(alpha, [alpha, alpha, alpha])
  for (let i = 0; i < same.data.length; i++) expect(same.data[i]).toBeCloseTo(alpha.data[i]!, 5)
})

it('takes in what two others see, and not what one alone sees', () => {
  const alpha = plane(head)
  const more = plane((x, y) => Math.max(head(x, y), body(x, y)))
  const odd = plane((x, y) => Math.max(head(x, y), x > 180 ? 1 : 0))
  const agreed = agreeOnRegions(alpha, [alpha, more, more, odd, alpha])
  expect(at(agreed, 80, 170)).toBeGreaterThan(0.99)
  expect(at(agreed, 80, 80)).toBeGreaterThan(0.99)
  expect(at(agreed, 220, 128)).toBeLessThan(0.01)
})

it('takes out what only this one sees', () => {
  const none = plane(() => 0)
  const alpha = plane(head)
  expect(at(agreeOnRegions(alpha, [alpha, none, none]), 80, 80)).toBeLessThan(0.01)
})

it('leaves fine structure as the first has it', () => {
  const stripes = plane((x) => (x % 4 < 2 ? 1 : 0))
  const grey = plane(() => 0.5)
  const agreed = agreeOnRegions(stripes, [stripes, grey, grey])
  for (const x of [100, 101, 102, 103]) expect(at(agreed, x, 128)).toBeCloseTo(at(stripes, x, 128), 5)
})

it('does not let an edge grow because two others draw it wider', () => {
  const alpha = plane(head)
  const wider = plane((x, y) => head(x - 2, y))
  expect(at(agreeOnRegions(alpha, [alpha, wider, wider]), 121, 80)).toBeLessThan(0.05)
})
