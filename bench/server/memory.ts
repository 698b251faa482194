// Memory of the server over many images: flat means that the last quarter takes no more than the second.
//
//   node bench/server/memory.ts [--pictures 2000] [--concurrency 8]
//
// Prints the whole tree's memory (PSS of server, runner and network) by eighths of the run.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cutOverHttp, flag, percentile, startServerProcess, treeBytes } from './server-process.ts'

const PICTURES = flag('pictures', 2000)
const CONCURRENCY = flag('concurrency', 8)
const SAMPLE_MS = 1000
const PARTS = 8

const photo = new Uint8Array(readFileSync(join(import.meta.dirname, '../../examples/photo.jpg')))
const server = await startServerProcess()
const samples: { readonly done: number; readonly bytes: number }[] = []
let done = 0
let started = 0
const sampling = setInterval(() => samples.push({ done, bytes: treeBytes(server.pid) }), SAMPLE_MS)
const client = async () => {
  while (started++ < PICTURES) {
    await cutOverHttp(server.url, photo)
    done++
  }
}
await Promise.all(Array.from({ length: CONCURRENCY }, client))
clearInterval(sampling)
const parts = Array.from({ length: PARTS }, (_, part) => {
  const own = samples.filter(({ done: at }) => Math.min(PARTS - 1, Math.floor((at / PICTURES) * PARTS)) === part)
  const bytes = own.map((sample) => sample.bytes)
  return {
    part: part + 1,
    samples: own.length,
    medianMb: Math.round(percentile(bytes, 0.5) / 1e6),
    mostMb: Math.round(Math.max(...bytes) / 1e6),
  }
})
console.table(parts)
const half = parts.slice(PARTS / 4, PARTS / 2).map(({ medianMb }) => medianMb)
const last = parts.slice(-PARTS / 4).map(({ medianMb }) => medianMb)
const growth = percentile(last, 0.5) / percentile(half, 0.5)
console.log(JSON.stringify({ pictures: PICTURES, growthOfLastQuarterOverSecond: Number(growth.toFixed(3)) }))
await server.stop()
