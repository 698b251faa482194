// About how large the result would be in other formats: a copy of it is encoded, and compared with the file that is there.
// Formats that browsers do not write follow from those that they do.

export const FORMATS = ['png', 'webp', 'jpeg', 'avif', 'tiff', 'psd'] as const
export type Format = (typeof FORMATS)[number]
/** Bytes. */
export type Sizes = Readonly<Partial<Record<Format, number>>>
/** Bytes a pixel. */
export type Rates = Readonly<Partial<Record<Format, number>>>

/** Longer side of the copy. */
const SIDE = 1024

/** Bytes for one byte of the format named, at quality 90: medians of seven cutouts, .90 to 1.35 and .98 to 1.13 among them. */
const RELATED = { avif: { of: 'webp', bytes: 1.11 }, tiff: { of: 'png', bytes: 1.02 } } as const

/** Of what browsers encode, and what follows from it. `quality` 1..100. */
export async function ratesOf(result: ImageBitmap, quality: number): Promise<Rates> {
  const { width, height } = result
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale))
  canvas.getContext('2d')!.drawImage(result, 0, 0, canvas.width, canvas.height)
  const rate = async (name: string) => {
    const { size } = await canvas.convertToBlob({ type: `image/${name}`, quality: quality / 100 })
    return size / (canvas.width * canvas.height)
  }
  const [png, webp, jpeg] = await Promise.all([rate('png'), rate('webp'), rate('jpeg')])
  return withRelated({ png, webp, jpeg })
}

export function withRelated(copy: Readonly<Record<'png' | 'webp' | 'jpeg', number>>): Rates {
  const { avif, tiff } = RELATED
  return { ...copy, avif: copy[avif.of] * avif.bytes, tiff: copy[tiff.of] * tiff.bytes }
}

/** `bytes` is the size of the whole in one of the formats. */
export function sizesFrom(rates: Rates, format: Format, bytes: number): Sizes {
  const own = rates[format]
  if (own === undefined) return { [format]: bytes }
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, Math.round((rate * bytes) / own)]))
}
