// Core's `removeSpecks` in WebAssembly: it finds the runs of pixels to paint over, which are few.

import type { SpeckOptions } from '../matting/style/remove-specks.ts'
import type { Plane } from '../pixels/raster.ts'
import { bandRoom, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

/** As in core. */
const FAINT = 0.05

export function removeSpecks(pool: InstancePool, alpha: Plane, options: SpeckOptions): Plane {
  const { minAreaPx, holes, canOverwrite } = options
  const islands = minAreaPx > 1
  const gaps = holes === 'all' || (holes === 'small' && minAreaPx > 1)
  if (!islands && !gaps) return alpha
  return pool.use((instance) => {
    const { run, room } = instance
    const band = room(bandRoom(alpha) * 4)
    const own = canOverwrite ? null : alpha
    let plane = alpha
    if (islands) {
      run.openParts(alpha.width, alpha.height, FAINT, true, true)
      addRows(instance, band, plane)
      plane = paint(instance, plane, own, run.keepSmall(minAreaPx), 0)
    }
    if (gaps) {
      run.openParts(alpha.width, alpha.height, 1 - FAINT, false, false)
      addRows(instance, band, plane)
      plane = paint(instance, plane, own, run.keepEnclosed(holes === 'all' ? Number.POSITIVE_INFINITY : minAreaPx), 1)
    }
    return plane
  })
}

function addRows({ run, write }: Instance, band: number, plane: Plane): void {
  for (const { top, rows, from, to } of bandsOf(plane)) {
    write(band, plane.data.subarray(from, to))
    for (let row = 0; row < rows; row++) run.addRow(band + row * plane.width * 4, top + row)
  }
}

/** `plane` with the `count` runs that were kept set to `value`: a copy where it still is the caller's. */
function paint({ run, read }: Instance, plane: Plane, own: Plane | null, count: number, value: number): Plane {
  if (count === 0) return plane
  const painted = plane === own ? { ...plane, data: plane.data.slice() } : plane
  const begins = new Int32Array(count)
  const ends = new Int32Array(count)
  read(run.runBegins(), begins)
  read(run.runEnds(), ends)
  for (let k = 0; k < count; k++) painted.data.fill(value, begins[k], ends[k])
  return painted
}
