// As core's compose/composite.ts.

/** RGB (3 bytes a pixel) and alpha (f32) as straight RGBA. Where alpha rounds to 0 the color is 0. */
export function rgba8(rgb: usize, alpha: usize, out: usize, area: i32): void {
  for (let i = 0; i < area; i++) {
    const a = <u32>(<f64>load<f32>(alpha + ((<usize>i) << 2)) * 255 + 0.5)
    const from = rgb + <usize>i * 3
    const color = <u32>load<u16>(from) | ((<u32>load<u8>(from + 2)) << 16)
    store<u32>(out + ((<usize>i) << 2), a === 0 ? 0 : color | (a << 24))
  }
}
