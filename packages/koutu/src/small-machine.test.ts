import { describe, expect, it } from 'vitest'
import { wantsUnoptimizedCode } from './small-machine.ts'

const GB = 2 ** 30

describe('code of the embedded database', () => {
  it.each([
    [['serve'], {}, GB, true],
    [['keys', 'create', 'me'], {}, GB, true],
    [['serve'], {}, 2 * GB, false],
    [['serve', '--database-url', 'postgres://x'], {}, GB, false],
    [['serve', '--database-url=postgres://x'], {}, GB, false],
    [['serve'], { KOUTU_DATABASE_URL: 'postgres://x' }, GB, false],
    [['worker'], {}, GB, false],
    [['photo.jpg'], {}, GB, false],
    [[], {}, GB, false],
  ])('%j with %j and %i bytes stays unoptimized: %s', (words, environment, memoryBytes, expected) => {
    expect(wantsUnoptimizedCode(words, environment, memoryBytes)).toBe(expected)
  })
})
