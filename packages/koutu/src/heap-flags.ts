// The command's own heaps do not grow without end. By default the space for new objects grows to 2 x 64 MB in the course of some thousand
// images. The command alone does this, never the library, whose process is another's.
//
// No flag of V8 may be set before all code is loaded: Node's own modules and koutu's are then compiled from their sources, in each thread.

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { limitThreadHeap } from './host-thread.ts'

/** The half of the space for new objects that is in use. */
const MEGABYTES = 16

limitThreadHeap(MEGABYTES)
/**
 * Later than all modules are loaded, on slow machines too. V8 refuses the cached code of modules that are loaded after a flag was set, and
 * the next run that of modules that were compiled then.
 */
const START_MS = 5000
const timer = setInterval(() => {
  if (newSpaceBytes() < 2 * MEGABYTES * 2 ** 20) return
  setFlagsFromString('--semi-space-growth-factor=1')
  clearInterval(timer)
}, START_MS).unref()

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}
