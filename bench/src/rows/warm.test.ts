import { expect, it } from 'vitest'
import { stepTimes } from './warm.ts'

it('the times of steps and parts add up to the call', () => {
  const calls = [
    { ms: 100, timingsMs: { read: 1, decode: 9, model: 0, segment: 60, matte: 20, resize: 6, infer: 50, encode: 7 } },
    {
      ms: 200,
      timingsMs: { read: 2, decode: 18, model: 0, segment: 120, matte: 40, resize: 12, infer: 100, encode: 14 },
    },
  ]
  const times = stepTimes(calls).map(({ name, partOf, ms }) => [name, partOf, ...ms.values])
  expect(times).toEqual([
    ['read', null, 1, 2],
    ['decode', null, 9, 18],
    ['model', null, 0, 0],
    ['segment', null, 60, 120],
    ['resize', 'segment', 6, 12],
    ['infer', 'segment', 50, 100],
    ['the rest', 'segment', 4, 8],
    ['matte', null, 20, 40],
    ['encode', null, 7, 14],
    ['between the steps', null, 3, 6],
  ])
})
