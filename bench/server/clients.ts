// `koutu serve` with 1 to 32 clients beside the library: how much longer than the library's own call a lone request takes, and images
// a second when up to `--clients` ask at once. Calls and requests alternate in one run.
//
//   node bench/server/clients.ts [--rounds 15] [--requests 32] [--clients 32] [--networks 2]
//
// The image is examples/photo.jpg, 1200 x 900. The library keeps networks as the server does: as many as `--networks` says, and one
// on all processors for a call that is alone. Processor time is that of all processes of a side; it says more than time on a
// machine that others use.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createRemover } from 'koutu'
import { alternate } from '../src/measure/alternate.ts'
import { type Load, putLoad } from '../src/measure/load.ts'
import { compare, median } from '../src/measure/statistics.ts'
import { cutOverHttp, flag, startServerProcess, treeCpuMs } from './server-process.ts'

const ROUNDS = flag('rounds', 15)
const REQUESTS = flag('requests', 32)
const NETWORKS = flag('networks', Math.min(2, cpus().length))
const CLIENTS = [1, 2, 4, 8, 32].filter((count) => count <= flag('clients', 32))
const SIDES = ['library', 'server'] as const
type Side = (typeof SIDES)[number]
type Steps = Readonly<Record<string, number>>

const photo = new Uint8Array(readFileSync(join(import.meta.dirname, '../../examples/photo.jpg')))
const server = await startServerProcess()
await using remover = await createRemover({}, { lanes: NETWORKS, soloNetwork: NETWORKS > 1 })

/** Answers with what tells the steps of the call. */
const ask: Readonly<Record<Side, () => Promise<() => Promise<Steps>>>> = {
  async library() {
    const { image, report } = await remover.remove(photo)
    await image.bytes()
    return async () => ({ ...report.timingsMs })
  },
  async server() {
    const job = await cutOverHttp(server.url, photo)
    return () => stepsOfJob(job)
  },
}

interface JobView {
  readonly createdAt: string
  readonly startedAt: string
  readonly endedAt: string
  readonly result: { readonly report: { readonly timingsMs: Steps } }
}

/** Those of its report; `queued` before it was taken, `running` from then to its end. */
async function stepsOfJob(id: string): Promise<Steps> {
  const response = await fetch(`${server.url}/v1/jobs/${id}`)
  const { createdAt, startedAt, endedAt, result } = (await response.json()) as JobView
  const [created, started, ended] = [createdAt, startedAt, endedAt].map(Date.parse) as [number, number, number]
  return { ...result.report.timingsMs, queued: started - created, running: ended - started }
}

/** Of the server's processes, or of this one and the library's. */
function cpuMs(side: Side): number {
  const ofServer = treeCpuMs(server.pid)
  return side === 'server' ? ofServer : treeCpuMs(process.pid) - ofServer
}

async function callAlone(side: Side): Promise<{ readonly ms: number; readonly cpuMs: number; readonly steps: Steps }> {
  const cpuBefore = cpuMs(side)
  const begin = performance.now()
  const steps = await ask[side]()
  const ms = performance.now() - begin
  return { ms, cpuMs: cpuMs(side) - cpuBefore, steps: await steps() }
}

async function measureAlone() {
  const calls = await alternate(SIDES, ROUNDS, callAlone)
  const names = [...new Set(SIDES.flatMap((side) => calls[side].flatMap(({ steps }) => Object.keys(steps))))]
  const stepMs = (side: Side, name: string) => median(calls[side].map(({ steps }) => steps[name] ?? 0))
  return {
    // Ours is the library here, theirs the server.
    ms: compare(
      calls.library.map(({ ms }) => ms),
      calls.server.map(({ ms }) => ms),
    ),
    cpuMs: compare(
      calls.library.map(({ cpuMs }) => cpuMs),
      calls.server.map(({ cpuMs }) => cpuMs),
    ),
    steps: names.map((name) => ({ name, libraryMs: stepMs('library', name), serverMs: stepMs('server', name) })),
  }
}

interface SideLoad extends Load {
  readonly side: Side
  /** Processor time of an image. */
  readonly cpuMs: number
}

async function measureTogether(clients: number, side: Side): Promise<SideLoad> {
  const before = cpuMs(side)
  const load = await putLoad(clients, Math.max(1, Math.round(REQUESTS / clients)), ask[side])
  return { side, ...load, cpuMs: (cpuMs(side) - before) / Math.max(1, load.answered) }
}

// Loads the network on all processors, and those side by side.
for (const side of SIDES) {
  await ask[side]()
  await Promise.all([ask[side](), ask[side]()])
}

const alone = await measureAlone()
const { ms, cpuMs: cpu, steps } = alone
console.log(`alone: server ${ms.theirs.median.toFixed(0)} ms, library ${ms.ours.median.toFixed(0)} ms, ratio ${ms.ratio.toFixed(2)}
processor: server ${cpu.theirs.median.toFixed(0)} ms, library ${cpu.ours.median.toFixed(0)} ms, ratio ${cpu.ratio.toFixed(2)}`)
for (const { name, libraryMs, serverMs } of steps)
  console.log(
    `  ${name.padEnd(8)} server ${serverMs.toFixed(0).padStart(5)} ms, library ${libraryMs.toFixed(0).padStart(5)} ms`,
  )

const loads: SideLoad[] = []
for (const [i, clients] of CLIENTS.entries()) {
  for (const side of i % 2 === 0 ? SIDES : SIDES.toReversed()) {
    const load = await measureTogether(clients, side)
    loads.push(load)
    const { perSecond, latencyMs, cpuMs, failed } = load
    console.log(
      `${String(clients).padStart(2)} at once, ${side.padEnd(7)}: ${perSecond.toFixed(2)} images/s, median ${latencyMs?.median.toFixed(0)} ms, most ${latencyMs?.max.toFixed(0)} ms, processor ${cpuMs.toFixed(0)} ms an image, ${failed} failed`,
    )
  }
}
const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} threads`
console.log(JSON.stringify({ machine, node: process.versions.node, networks: NETWORKS, alone, loads }))
await server.stop()
