// The two colors that an image has most of, for swatches that go with it.

const SIDE = 32
const STEPS = 4

/** `#rrggbb`, the most frequent first. */
export function imageColors(bitmap: ImageBitmap): readonly string[] {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0, SIDE, SIDE)
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  const bins = new Map<number, { count: number; red: number; green: number; blue: number }>()
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3]! < 128) continue
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!]
    const key = [red, green, blue].reduce((sum, value) => sum * STEPS + Math.floor((value * STEPS) / 256), 0)
    const bin = bins.get(key) ?? { count: 0, red: 0, green: 0, blue: 0 }
    bins.set(key, { count: bin.count + 1, red: bin.red + red, green: bin.green + green, blue: bin.blue + blue })
  }
  return [...bins.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, 2)
    .map(({ count, red, green, blue }) => toHex([red / count, green / count, blue / count]))
}

const toHex = (channels: readonly number[]): string =>
  `#${channels.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`
