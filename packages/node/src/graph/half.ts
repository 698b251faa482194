// IEEE 754 binary16 to binary32, exactly: every half value has one single value, subnormals, infinities and NaNs too.

/** Bit patterns of the single value of each of the 65536 half values: 256 kB, made at the first use. */
let table: Uint32Array | null = null

export function halfTable(): Uint32Array {
  table ??= Uint32Array.from({ length: 0x1_0000 }, (_, half) => singleBits(half))
  return table
}

/** Floats from half-precision bit patterns (Uint16Array) or from the runtime's own Float16Array. */
export function halfToFloat(source: Uint16Array | ArrayLike<number>): Float32Array {
  const out = new Float32Array(source.length)
  if (!(source instanceof Uint16Array)) {
    out.set(source)
    return out
  }
  const bits = new Uint32Array(out.buffer)
  const singles = halfTable()
  for (let i = 0; i < bits.length; i++) bits[i] = singles[source[i]!]!
  return out
}

function singleBits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f80_0000 | (fraction << 13)) >>> 0
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0
  if (fraction === 0) return sign >>> 0
  // A subnormal half is fraction x 2^-24; as a single it is normal: its leading bit becomes the hidden one.
  const leading = 31 - Math.clz32(fraction)
  return (sign | ((leading + 103) << 23) | ((fraction << (23 - leading)) & 0x7f_ffff)) >>> 0
}
