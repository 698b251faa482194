import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionOf, formatOfPath } from './format-of-path.ts'

describe('the format of a path', () => {
  it.each([
    ['a.png', 'png'],
    ['in.d/b.JPG', 'jpeg'],
    ['c.jfif', 'jpeg'],
    ['C:\\d.tif', 'tiff'],
    ['a.b/c', null],
    ['.png', null],
    ['a.', null],
    ['toString', null],
    ['a.constructor', null],
  ])('%s: %s', (path, format) => {
    expect(formatOfPath(path)).toBe(format)
  })

  it("takes an extension as Node's own paths do", () => {
    const path = fc
      .string({ unit: fc.constantFrom('a', 'B', '.', '/'), maxLength: 8 })
      .filter((text) => !/\/$/.test(text))
    fc.assert(fc.property(path, (text) => extensionOf(text) === posix.extname(text).slice(1).toLowerCase()))
  })
})
