// As core's compose/composite.ts.

/** RGB (3 bytes a pixel) and alpha (f32) as straight RGBA. Where alpha rounds to 0 the color is 0. Up to 4 bytes behind are read. */
export function rgba8(rgb: usize, alpha: usize, out: usize, area: i32): void {
  let i = 0
  for (; i + 4 <= area; i += 4) {
    const a = opacities(v128.load(alpha + ((<usize>i) << 2)))
    const color = v128.swizzle(
      v128.load(rgb + <usize>i * 3),
      i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1),
    )
    const shown = i32x4.ne(a, i32x4.splat(0))
    v128.store(out + ((<usize>i) << 2), v128.and(shown, v128.or(color, i32x4.shl(a, 24))))
  }
  for (; i < area; i++) {
    const a = i32x4.extract_lane(opacities(v128.load32_zero(alpha + ((<usize>i) << 2))), 0)
    const from = rgb + <usize>i * 3
    const color = <i32>load<u16>(from) | ((<i32>load<u8>(from + 2)) << 16)
    store<i32>(out + ((<usize>i) << 2), a === 0 ? 0 : color | (a << 24))
  }
}

/** In 0..255, computed as doubles like the reference, so that the same values round up. */
function opacities(alpha: v128): v128 {
  const low = opacitiesOfTwo(alpha)
  const high = opacitiesOfTwo(v128.shuffle<i64>(alpha, alpha, 1, 1))
  return v128.shuffle<i64>(low, high, 0, 2)
}

function opacitiesOfTwo(alpha: v128): v128 {
  const scaled = f64x2.mul(f64x2.promote_low_f32x4(alpha), f64x2.splat(255))
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(scaled, f64x2.splat(0.5)))
}
