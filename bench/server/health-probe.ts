// A thread of its own that asks `/healthz` every 20 ms on one connection: whoever sends gigabytes cannot measure delays.
// Beside each delay it notes the processor time that the answering thread used meanwhile: where other programs share the
// processors, that is what the server itself kept the client waiting for. Linux.

import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

export interface Delay {
  readonly ms: number
  readonly cpuMs: number
}

const INTERVAL_MS = 20
/** A server that hangs is measured as this long. */
const MAX_MS = 120_000

const { url, pid } = workerData as { readonly url: string; readonly pid: number }
/** Another client than the one that does harm. */
const localAddress = '127.0.0.2'
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let delays: Delay[] = []
let begun: Delay | null = null

/** Time, and processor time of the process' main thread. */
function now(): Delay {
  const [cpuNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
  return { ms: performance.now(), cpuMs: Number(cpuNs) / 1e6 }
}

function note(): void {
  if (!begun) return
  const end = now()
  delays.push({ ms: end.ms - begun.ms, cpuMs: end.cpuMs - begun.cpuMs })
}

function ask(): Promise<void> {
  return new Promise((resolve) => {
    begun = now()
    const end = (): void => {
      note()
      begun = null
      resolve()
    }
    get(`${url}/healthz`, { agent, localAddress, timeout: MAX_MS }, (response) => response.resume().on('end', end)).on(
      'error',
      end,
    )
  })
}

parentPort!.on('message', () => {
  // One that is still waited for counts as long as it has taken so far.
  note()
  parentPort!.postMessage(delays)
  delays = []
})

for (;;) {
  await ask()
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS))
}
