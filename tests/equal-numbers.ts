// Typed arrays with the same bytes are equal: a matcher would compare their numbers one by one, with a second for a million of them.
// Arrays that differ are left to the matcher, which shows where.

import { expect } from 'vitest'

expect.addEqualityTesters([
  (actual: unknown, expected: unknown): true | undefined =>
    ArrayBuffer.isView(actual) &&
    ArrayBuffer.isView(expected) &&
    actual.constructor === expected.constructor &&
    bytesOf(actual).equals(bytesOf(expected))
      ? true
      : undefined,
])

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
