// A small copy of a result for a look at its edge.

import sharp from 'sharp'

/** What is rare in photos and shows halos and holes. */
const MAGENTA = '#ff00ff'

/** The image over magenta with the longer side of at most `maxSide` pixels, as JPEG. Never upscales. Errors: those of sharp. */
export async function encodePreview(image: Uint8Array, maxSide: number): Promise<Uint8Array> {
  return sharp(image)
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: MAGENTA })
    .jpeg({ quality: 82 })
    .toBuffer()
}
