import { describe, expect, it } from 'vitest'
import { wantsUnoptimizedCode } from './small-machine.ts'

describe('code of the embedded database', () => {
  it.each([
    [['serve'], {}, true, true],
    [['keys', 'create', 'me'], {}, true, true],
    [['serve'], {}, false, false],
    [['serve', '--database-url', 'postgres://x'], {}, true, false],
    [['serve', '--database-url=postgres://x'], {}, true, false],
    [['serve'], { KOUTU_DATABASE_URL: 'postgres://x' }, true, false],
    [['worker'], {}, true, false],
    [['photo.jpg'], {}, true, false],
    [[], {}, true, false],
  ])('%j with %j, memory scarce: %s, stays unoptimized: %s', (words, environment, isScarce, expected) => {
    expect(wantsUnoptimizedCode(words, environment, isScarce)).toBe(expected)
  })
})
