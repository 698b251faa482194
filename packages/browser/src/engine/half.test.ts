import { expect, it } from 'vitest'
import { floatsFromHalves, floatsOf } from './half.ts'

it('widens every half to the same number', () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i)
  const floats = new Float32Array(floatsFromHalves(new Uint8Array(halves.buffer)).buffer)
  expect(floats).toEqual(Float32Array.from(new Float16Array(halves.buffer)))
})

it('reads answers of every numeric type', () => {
  expect([...floatsOf('float32', Float32Array.of(1.5))]).toEqual([1.5])
  expect([...floatsOf('float16', Uint16Array.of(0x3c00))]).toEqual([1])
  expect([...floatsOf('int64', BigInt64Array.of(7n))]).toEqual([7])
  expect(() => floatsOf('string', ['a'])).toThrow(/numbers/)
})
