// Chooses the shadow under the subject, if any.

import type { Shadow } from '../compose/cast-shadow.ts'
import { subjectBox } from '../compose/crop.ts'
import { dropShadow } from '../compose/drop-shadow.ts'
import { boxOnCanvas, type Layout } from '../compose/layout.ts'
import { photoShadow } from '../compose/photo-shadow.ts'
import type { OutputOptions } from '../options/groups.ts'
import type { Box, Plane } from '../pixels/raster.ts'
import type { Picture, Warning } from '../ports/ports.ts'
import type { SubjectReport } from './report.ts'

/** In the image's pixels; null where there is no shadow to show. */
export function shadowOf(
  picture: Picture,
  alpha: Plane,
  subject: SubjectReport,
  options: OutputOptions,
): Shadow | null {
  if (options.shadow === 'none' || options.mask || !subject.box) return null
  if (options.shadow === 'drop') return dropShadow(alpha, subject.box, options.shadowOpacity)
  const darkness = photoShadow(picture.color, picture.alpha ? coveredOrEmpty(alpha, picture.alpha) : alpha)
  return { darkness, frame: { left: 0, top: 0, width: picture.width, height: picture.height } }
}

/** The room that subject and shadow take, in the image's pixels and perhaps beyond its border. */
export function boundsWith(shadow: Shadow | null, box: Box | null, threshold: number): Box | null {
  if (!shadow || !box) return box
  const { darkness, frame } = shadow
  const dark = subjectBox(darkness, threshold)
  if (!dark) return box
  const [scaleX, scaleY] = [frame.width / darkness.width, frame.height / darkness.height]
  const around = boxOnCanvas(dark, { ...frame, scaleX, scaleY })
  const left = Math.min(box.left, around.left)
  const top = Math.min(box.top, around.top)
  return {
    left,
    top,
    width: Math.max(box.left + box.width, around.left + around.width) - left,
    height: Math.max(box.top + box.height, around.top + around.height) - top,
  }
}

/** The shadow where the canvas shows it. */
export function shadowOnCanvas({ darkness, frame }: Shadow, { left, top, scaleX, scaleY }: Layout): Shadow {
  return {
    darkness,
    frame: {
      left: left + scaleX * frame.left,
      top: top + scaleY * frame.top,
      width: scaleX * frame.width,
      height: scaleY * frame.height,
    },
  }
}

/** What was transparent before shows no ground that could be shaded. */
function coveredOrEmpty(alpha: Plane, own: Plane): Plane {
  return { ...alpha, data: alpha.data.map((value, i) => Math.max(value, 1 - own.data[i]!)) }
}

/** What keeps a shadow from being as it was asked for. `bounds` as in `boundsWith`. */
export function shadowWarnings(bounds: Box | null, layout: Layout, { shadow, mask }: OutputOptions): Warning[] {
  if (shadow === 'none') return []
  if (mask) return [{ code: 'shadow-not-shown', message: 'A mask has no shadow.' }]
  if (shadow === 'drop' && bounds) {
    const { top, height } = boxOnCanvas(bounds, layout)
    if (top + height > layout.height) {
      const message = 'The shadow is cut off at the lower border of the result. Crop, or move the subject up.'
      return [{ code: 'shadow-cut-off', message }]
    }
  }
  return []
}
