// The process that `--keep-warm` keeps: it runs one command after another, as `koutu` itself would, with a thread, a network and code that
// stay loaded. The network takes longest to start, so it comes first.

import './compile-cache.ts'
import './heap-flags.ts'
import { cacheDir } from '@koutu/node/cache-dir'
import { lendInference } from '@koutu/node/lent-inference'
import { startHostEarly } from './host-thread.ts'

startHostEarly(lendInference(cacheDir()))
const { serveWarm } = await import('./warm/serve-warm.ts')
await serveWarm(process.argv[2]!)
