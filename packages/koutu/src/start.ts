// What the command does before anything large is loaded: the compiled code of earlier runs is looked up, and where an image
// is to be cut out, its thread and its network's process start, to be ready when the command line has been understood.

import './compile-cache.ts'
import './heap-flags.ts'
import { cacheDir } from '@koutu/node/cache-dir'
import { lendInference, lendWarmInference } from '@koutu/node/lent-inference'
import { startHostEarly } from './host-thread.ts'
import { asksKeepWarm, readKeepWarm } from './keep-warm.ts'
import { replaceOnSmallMachine } from './small-machine.ts'

replaceOnSmallMachine()

const words = process.argv.slice(2)
const isOther = (word: string, i: number) =>
  /^--?(h|help|V|version)\b/.test(word) ||
  (/^--(engine|device)(?!=(onnx|cpu)$)/.test(word) && !['onnx', 'cpu'].includes(words[i + 1] ?? ''))
// A command is a word, and nothing at all asks for help; what else there is may be a file. A wrong guess costs a thread that is ended again.
const mayBeImage = !/^\w*$/.test(words[0] ?? '') && !words.some(isOther)
if (mayBeImage) {
  // The process takes longer to start than the thread that uses it.
  const lent = asksKeepWarm(words, process.env)
    ? await lendWarmInference(cacheDir(), () => readKeepWarm(words, process.env))
    : lendInference(cacheDir())
  startHostEarly(lent)
}

await import('./main.ts')
