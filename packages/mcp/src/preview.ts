// A small copy of a result on magenta, by which a model can judge its edge.

import type { Answer } from './answers.ts'
import type { Cutter } from './ports.ts'

const MAX_PREVIEW_BYTES = 150_000
/** Sides in pixels, tried in turn. */
const SIDES = [768, 512, 320]

/** Undefined where none is small enough. */
export async function previewOf(image: Uint8Array, cutter: Cutter): Promise<Answer['preview']> {
  for (const side of SIDES) {
    const preview = await cutter.preview(image, side)
    if (preview.bytes.length <= MAX_PREVIEW_BYTES) return preview
  }
  return undefined
}
