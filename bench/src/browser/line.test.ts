import { Readable, type Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLine } from './line.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** When each chunk has arrived, in milliseconds since the beginning. */
async function arrivals(line: Transform, chunks: readonly Buffer[]): Promise<{ times: number[]; bytes: Buffer }> {
  const begin = performance.now()
  const times: number[] = []
  line.on('data', () => times.push(performance.now() - begin))
  return { times, bytes: await buffer(Readable.from(chunks).pipe(line)) }
}

it('passes bytes on unchanged, at its speed, which all that goes through it shares', async () => {
  const open = createLine(8000)
  const chunks = [Buffer.alloc(500, 1), Buffer.alloc(250, 2)]
  const both = Promise.all([arrivals(open(), chunks), arrivals(open(), chunks)])
  await vi.advanceTimersByTimeAsync(2000)
  const [first, second] = await both
  expect(first.bytes).toEqual(Buffer.concat(chunks))
  expect(second.bytes).toEqual(Buffer.concat(chunks))
  // A thousand bytes a second: 500 of one, 500 of the other, then 250 of each.
  expect([...first.times, ...second.times].sort((a, b) => a - b).map(Math.round)).toEqual([500, 1000, 1250, 1500])
})
