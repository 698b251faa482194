import { expect, it } from 'vitest'
import { alternate } from './alternate.ts'

it('each round turns the order, and each variant keeps its answers in the order of the rounds', async () => {
  const calls: string[] = []
  const answers = await alternate(['a', 'b', 'c'], 3, async (variant, round) => {
    calls.push(variant + round)
    return `${variant}${round}`
  })
  expect(calls.join(' ')).toBe('a0 b0 c0 c1 b1 a1 a2 b2 c2')
  expect(answers).toEqual({ a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'], c: ['c0', 'c1', 'c2'] })
})
