import { describe, expect, it } from 'vitest'
import { parseRange } from './byte-range.ts'

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-5', { start: 2, end: 6 }],
    ['bytes=2-', { start: 2, end: 10 }],
    ['bytes=9-99', { start: 9, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    // Answered with the whole, as RFC 9110 allows.
    [undefined, null],
    ['', null],
    ['bytes=-', null],
    ['bytes=5-2', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    ['bytes=a-b', null],
  ] as const)('%s of ten bytes', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range)
  })

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s has none of ten bytes', (header) => {
    expect(() => parseRange(header, 10)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
  })

  it('of nothing has none', () => {
    expect(() => parseRange('bytes=0-', 0)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
  })
})
