// A command in a process of its own: where an image is to be cut out, its thread and its network's process start, to be ready when the
// command line has been understood.

import './heap-flags.ts'
import { cacheDir } from '@koutu/node/cache-dir'
import { lendInference } from '@koutu/node/lent-inference'
import { startHostEarly } from './host-thread.ts'
import { mayBeImage } from './keep-warm.ts'
import { replaceOnSmallMachine } from './small-machine.ts'

replaceOnSmallMachine()

// The process takes longer to start than the thread that uses it. A wrong guess costs a thread that is ended again.
if (mayBeImage(process.argv.slice(2))) startHostEarly(lendInference(cacheDir()))

await import('./main.ts')
