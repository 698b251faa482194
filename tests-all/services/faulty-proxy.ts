// A proxy before an HTTP server whose answers come late, or not at all.

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Faults {
  /** Before a request is passed on. */
  delayMs: number
  /** One request in so many is refused with 500, and the next such one loses its connection. 0: none. */
  failEvery: number
}

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string
  /** May be changed at any time. */
  readonly faults: Faults
  /** How many requests failed. */
  readonly failures: number
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const faults: Faults = { delayMs: 0, failEvery: 0 }
  let [requests, failures] = [0, 0]
  const server = createServer((incoming, outgoing) => {
    const isFailing = faults.failEvery > 0 && ++requests % faults.failEvery === 0
    if (isFailing && ++failures % 2 === 0) return incoming.socket.destroy()
    if (isFailing) {
      incoming.resume()
      return outgoing.writeHead(500).end()
    }
    const { method, url, headers } = incoming
    return setTimeout(() => {
      const passed = request(new URL(url!, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(outgoing)
      })
      passed.on('error', () => outgoing.destroy())
      incoming.pipe(passed)
    }, faults.delayMs)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    get failures() {
      return failures
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
