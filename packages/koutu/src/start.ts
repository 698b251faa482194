// What the command does before anything large is loaded: the compiled code of earlier runs is looked up, and where an image
// is to be cut out, its thread and its network's process start, to be ready when the command line has been understood.

import './compile-cache.ts'
import './heap-flags.ts'
import { cacheDir } from '@koutu/node/cache-dir'
import { lendInference } from '@koutu/node/lent-inference'
import { startHostEarly } from './host-thread.ts'
import { replaceOnSmallMachine } from './small-machine.ts'

replaceOnSmallMachine()

const [first = '', ...others] = process.argv.slice(2)
// A command is a word, and nothing at all asks for help; what else there is may be a file. A wrong guess costs a thread that is ended again.
const mayBePicture =
  !/^\w*$/.test(first) && ![first, ...others].some((word) => /^--?(h|help|V|version|engine|device)\b/.test(word))
// The process takes longer to start than the thread that uses it.
if (mayBePicture) startHostEarly(lendInference(cacheDir()))

await import('./main.ts')
