// The command's own heaps begin large: by default a heap begins with one megabyte for new objects, and is collected twenty times
// before the first image has been read. The command alone does this, never the library, whose process is another's.

import { setFlagsFromString } from 'node:v8'

const MEGABYTES = 16

// Of threads that start from now on.
setFlagsFromString(`--min-semi-space-size=${MEGABYTES}`)
// Of this one, which exists already: it grows by so much at its first collections.
setFlagsFromString(`--semi-space-growth-factor=${MEGABYTES}`)
