// POST /v1/cutouts at concurrency 8 against the bare pipeline, in turns, and /healthz while the server is saturated.
//
//   node bench/server/throughput.ts [--rounds 5] [--pictures 24] [--concurrency 8]
//
// The image is examples/photo.jpg, 1200 x 900. The bare pipeline is the library's remover with as many images at
// once as the server's `--jobs`, and with `--concurrency` as many; the faster of the two is what the server is held to.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createRemover, type Remover } from 'koutu'
import { cutOverHttp, flag, percentile, startServerProcess, treeBytes } from './server-process.ts'

const ROUNDS = flag('rounds', 5)
const PICTURES = flag('pictures', 24)
const CONCURRENCY = flag('concurrency', 8)
const JOBS = flag('jobs', 4)
const HEALTH_EVERY_MS = 20

const photo = new Uint8Array(readFileSync(join(import.meta.dirname, '../../examples/photo.jpg')))

/** Images a second. */
async function rate(concurrency: number, one: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  let left = PICTURES
  const client = async () => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  return (PICTURES * 1000) / (performance.now() - begin)
}

async function bare(remover: Remover): Promise<void> {
  const { image } = await remover.remove(photo)
  await image.bytes()
}

/** Milliseconds of requests to /healthz until `work` has ended. */
async function healthWhile(url: string, work: Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const begin = performance.now()
    await (await fetch(`${url}/healthz`)).text()
    times.push(performance.now() - begin)
    await new Promise((resolve) => setTimeout(resolve, HEALTH_EVERY_MS))
  }
  await over
  return times
}

const server = await startServerProcess('--jobs', String(JOBS))
// As many networks side by side as the server keeps.
await using remover = await createRemover({}, { lanes: Math.min(2, cpus().length) })
await bare(remover)
await cutOverHttp(server.url, photo)

const rows: { bareAsJobs: number; bareAsClients: number; http: number }[] = []
const health: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const row = { bareAsJobs: 0, bareAsClients: 0, http: 0 }
  const steps = [
    async () => {
      row.bareAsJobs = await rate(JOBS, () => bare(remover))
    },
    async () => {
      row.bareAsClients = await rate(CONCURRENCY, () => bare(remover))
    },
    async () => {
      const work = rate(CONCURRENCY, () => cutOverHttp(server.url, photo)).then((value) => {
        row.http = value
      })
      health.push(...(await healthWhile(server.url, work)))
    },
  ]
  for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step()
  rows.push(row)
  const ratio = row.http / Math.max(row.bareAsJobs, row.bareAsClients)
  console.error(
    `round ${round + 1}: bare ${row.bareAsJobs.toFixed(2)} and ${row.bareAsClients.toFixed(2)}, HTTP ${row.http.toFixed(2)} images/s, ratio ${ratio.toFixed(3)}`,
  )
}
const ratios = rows.map(({ bareAsJobs, bareAsClients, http }) => http / Math.max(bareAsJobs, bareAsClients))
console.log(
  JSON.stringify(
    {
      machine: `${cpus()[0]?.model.trim()}, ${cpus().length} threads`,
      node: process.versions.node,
      command: process.argv
        .slice(1)
        .map((part) => part.split('/').at(-1))
        .join(' '),
      rows,
      ratio: { median: percentile(ratios, 0.5), least: Math.min(...ratios), most: Math.max(...ratios) },
      healthMs: {
        count: health.length,
        p50: percentile(health, 0.5),
        p99: percentile(health, 0.99),
        most: Math.max(...health),
      },
      serverBytes: treeBytes(server.pid),
    },
    null,
    2,
  ),
)
await server.stop()
