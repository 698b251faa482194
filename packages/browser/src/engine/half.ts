// Numbers of other types as 32-bit floats.

import { KoutuError } from '@koutu/core/errors'
import type { Tensor } from './runtime.ts'

/** float32 from little-endian float16, as bytes. */
export function floatsFromHalves(halves: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const source = new Uint16Array(halves.buffer, halves.byteOffset, halves.byteLength / 2)
  const out = new Uint32Array(source.length)
  for (let i = 0; i < out.length; i++) out[i] = singleBits(source[i]!)
  return new Uint8Array(out.buffer)
}

/** What a network answered. Errors: MODEL_INVALID where it is no numbers. */
export function floatsOf(type: Tensor.Type, data: Tensor.DataType): Float32Array {
  if (data instanceof Float32Array) return data
  if (data instanceof Uint16Array && type === 'float16') {
    const { buffer, byteOffset, byteLength } = data as Uint16Array<ArrayBuffer>
    return new Float32Array(floatsFromHalves(new Uint8Array(buffer, byteOffset, byteLength)).buffer)
  }
  if (type === 'string' || type === 'bool') {
    throw new KoutuError('MODEL_INVALID', { detail: `expected an output of numbers but received ${type}` })
  }
  return Float32Array.from(data as ArrayLike<number | bigint>, Number)
}

function singleBits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent > 0) return sign | ((exponent === 0x1f ? 0xff : exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // A subnormal half is fraction x 2^-24; as a single it is normal: its leading bit becomes the hidden one.
  const leading = 31 - Math.clz32(fraction)
  return sign | ((leading + 103) << 23) | ((fraction << (23 - leading)) & 0x7f_ffff)
}
