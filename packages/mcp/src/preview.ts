// A small copy of a result on magenta, by which a model can judge its edge.

import type { Answer } from './answers.ts'
import type { Cut, Cutter } from './ports.ts'

const MAX_PREVIEW_BYTES = 150_000
/** Sides in pixels, tried in turn. */
const SIDES = [768, 512, 320]

/** Undefined where none is small enough. */
export async function previewOf(cut: Cut, { preview: make }: Cutter): Promise<Answer['image']> {
  if (!make) return undefined
  const image = await cut.bytes()
  for (const side of SIDES) {
    const preview = await make(image, side)
    if (preview.bytes.length <= MAX_PREVIEW_BYTES) return preview
  }
  return undefined
}
