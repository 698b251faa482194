// The command's own heaps begin large and stay so. By default a heap begins with one megabyte for new objects, is collected twenty
// times before the first image has been read, and grows to 2 x 64 MB for new objects in the course of some thousand images.
// The command alone does this, never the library, whose process is another's.

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const MEGABYTES = 16

// Of threads that start from now on.
setFlagsFromString(`--min-semi-space-size=${MEGABYTES}`)
setFlagsFromString(`--max-semi-space-size=${MEGABYTES}`)
// Of this one, which exists already: it grows by so much at its first collections, and then no more.
setFlagsFromString(`--semi-space-growth-factor=${MEGABYTES}`)
/**
 * Later than all modules are loaded, on slow machines too. V8 refuses the cached code of modules that are loaded after another flag was
 * set, and the next run that of modules that were compiled then.
 */
const START_MS = 5000
const timer = setInterval(() => {
  if (newSpaceBytes() <= 2 ** 20) return
  setFlagsFromString('--semi-space-growth-factor=1')
  clearInterval(timer)
}, START_MS).unref()

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}
