// Imported into each thread of a command: writes what its heap holds after a collection, and how many results there are, line by
// line. `KOUTU_PROBE` is the file, `KOUTU_PROBE_RESULTS` the folder of the results.

import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const { KOUTU_PROBE: file, KOUTU_PROBE_RESULTS: results } = process.env
const EVERY_MS = 200

// The process of the network is another program.
if (file && results && (!isMainThread || process.argv[1]?.endsWith('koutu.js'))) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  setInterval(() => {
    const done = existsSync(results) ? readdirSync(results).length : 0
    collect()
    const sample = { thread: isMainThread ? 'main' : 'worker', done, heapBytes: process.memoryUsage().heapUsed }
    appendFileSync(file, `${JSON.stringify(sample)}\n`)
  }, EVERY_MS).unref()
}
