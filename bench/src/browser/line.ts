// A line of a given speed, shared by all that goes through it at a time. The server has it, since a browser's own emulation leaves
// out what workers load.

import { Transform } from 'node:stream'

export function createLine(bitsPerSecond: number): () => Transform {
  let freeMs = 0
  return () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const nowMs = performance.now()
        freeMs = Math.max(freeMs, nowMs) + ((chunk.length * 8) / bitsPerSecond) * 1000
        setTimeout(done, freeMs - nowMs, null, chunk)
      },
    })
}
