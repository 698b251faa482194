// What the command does before anything large is loaded: the compiled code of earlier runs is looked up, and where `--keep-warm` asks
// for it, the process that an earlier command has left runs this one.

import './compile-cache.ts'
import { asksKeepWarm, mayBeImage } from './keep-warm.ts'

const words = process.argv.slice(2)
const isRun =
  mayBeImage(words) &&
  asksKeepWarm(words, process.env) &&
  (await import('./warm/run-warm.ts').then(({ runWarm }) => runWarm(words)))
if (!isRun) await import('./begin.ts')
