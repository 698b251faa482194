// Which products of this browser and processor are exact. Relaxed SIMD has an instruction that adds 16 products of bytes; whether bytes of
// its second operand above 127 are signed is left open, and processors without such an instruction may saturate. Products of 16 bits are exact
// everywhere, and half as fast.

import type { ProductKind } from './network.ts'

/** (a, b) => the sum of four products a x b, each byte repeated: `i32x4.relaxed_dot_i8x16_i7x16_add_s`. */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type: two numbers in, one out; one function of it; exported as 'd'.
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x64, 0x00, 0x00],
  // Its code: both as 16 bytes, zero as the sum, the product, the first lane of it.
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0x20, 0x00, 0xfd, 0x0f, 0x20, 0x01, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x11],
  ...[0xfd, 0x93, 0x02, 0xfd, 0x1b, 0x00, 0x0b],
)

/** Null where WebAssembly has no shared memory, which the engine takes for a single thread, too. */
export function productKind(): ProductKind | null {
  if (!hasSharedMemory()) return null
  if (!WebAssembly.validate(PROBE)) return 'wide'
  const { d: product } = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports
  return kindOf(product as (a: number, b: number) => number)
}

function hasSharedMemory(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer.byteLength > 0
  } catch {
    return false
  }
}

/** `sum`: of four products of a weight between -128 and 127 and a byte. */
export function kindOf(sum: (weight: number, byte: number) => number): ProductKind {
  const isExact = (meant: (byte: number) => number) =>
    WEIGHTS.every((weight) => BYTES.every((byte) => sum(weight, byte) === 4 * weight * meant(byte)))
  if (isExact((byte) => byte)) return 'unsigned'
  return isExact((byte) => (byte << 24) >> 24) ? 'signed' : 'wide'
}

const WEIGHTS = [-128, -127, -1, 0, 1, 64, 127]
const BYTES = [0, 1, 127, 128, 200, 255]
