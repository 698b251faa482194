// Which shadow goes under the subject, if any.

import { dropShadow } from '../compose/drop-shadow.ts'
import { photoShadow } from '../compose/photo-shadow.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Plane } from '../pixels/raster.ts'
import type { Picture, Warning } from '../ports/ports.ts'
import type { SubjectReport } from './report.ts'

/** Darkness stretched over the picture; null where there is no shadow to show. */
export function shadowOf(
  picture: Picture,
  alpha: Plane,
  subject: SubjectReport,
  options: ResolvedOptions,
): Plane | null {
  if (options.shadow === 'none' || options.mask || !subject.box) return null
  if (options.shadow === 'drop') return dropShadow(alpha, subject.box, options.shadowOpacity)
  return photoShadow(picture.color, picture.alpha ? coveredOrEmpty(alpha, picture.alpha) : alpha)
}

/** What was transparent before shows no ground that could be shaded. */
function coveredOrEmpty(alpha: Plane, own: Plane): Plane {
  return { ...alpha, data: alpha.data.map((value, i) => Math.max(value, 1 - own.data[i]!)) }
}

/** What keeps a shadow from being as it was asked for. */
export function shadowWarnings(subject: SubjectReport, { shadow, mask }: ResolvedOptions): Warning[] {
  if (shadow === 'none') return []
  if (mask) return [{ code: 'shadow-not-shown', message: 'A mask shows no shadow.' }]
  if (shadow === 'drop' && subject.touches.includes('bottom')) {
    const message = 'The subject reaches the lower border of the picture, beyond which its shadow would fall.'
    return [{ code: 'shadow-cut-off', message }]
  }
  return []
}
