// Core's `removeSpecks` in WebAssembly: it finds the runs of pixels to paint over, which are few.

import { type Runs, removeSpecks as removeSpecksFound, type SpeckOptions } from '../matting/style/remove-specks.ts'
import type { Plane } from '../pixels/raster.ts'
import { bandCapacity, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

export function removeSpecks(pool: InstancePool, alpha: Plane, options: SpeckOptions): Plane {
  return removeSpecksFound(alpha, options, {
    small: (plane, threshold, minAreaPx) =>
      pool.use((instance) => {
        instance.run.openRuns(plane.width, plane.height, threshold, true, true)
        addRows(instance, plane)
        return runsOf(instance, instance.run.smallRuns(minAreaPx))
      }),
    enclosed: (plane, threshold, minAreaPx) =>
      pool.use((instance) => {
        instance.run.openRuns(plane.width, plane.height, threshold, false, false)
        addRows(instance, plane)
        return runsOf(instance, instance.run.enclosedRuns(minAreaPx))
      }),
  })
}

function addRows({ run, write, allocate }: Instance, plane: Plane): void {
  const band = allocate(bandCapacity(plane) * 4)
  for (const { top, rows, from, to } of bandsOf(plane)) {
    write(band, plane.data.subarray(from, to))
    for (let row = 0; row < rows; row++) run.addRuns(band, row * plane.width, top + row)
  }
}

function runsOf({ run, read }: Instance, count: number): Runs {
  const runs = { count, begin: new Int32Array(count), end: new Int32Array(count) }
  read(run.runBegins(), runs.begin)
  read(run.runEnds(), runs.end)
  return runs
}
