// What hostile requests cost a whole server with its defaults: how long others wait for `/healthz` meanwhile, and the most
// memory of each of its processes. Nobody may wait for over 50 ms (p99), no process may take over 1.5 GB, and nothing may be
// answered with 500.
//
//   node bench/server/hostile.ts [--only WORD]
//
// Delays are told twice: by the clock, and in processor time of the answering thread. The second decides, as the first is that
// of the server only on a quiet machine; the load is printed.

import { availableParallelism, loadavg } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Delay } from './health-probe.ts'
import { ATTACKS } from './hostile-requests.ts'
import { percentile, processBytes, startServerProcess } from './server-process.ts'

const MAX_P99_MS = 50
const MAX_PROCESS_BYTES = 1.5e9
const SAMPLE_MS = 100
/** Garbage is collected some time after it was made. */
const REST_MS = 3_000

const only = process.argv[process.argv.indexOf('--only') + 1] ?? ''
const attacks = process.argv.includes('--only') ? ATTACKS.filter(({ name }) => name.includes(only)) : ATTACKS
const server = await startServerProcess()
const probe = new Worker(new URL('./health-probe.ts', import.meta.url), {
  workerData: { url: server.url, pid: server.pid },
})
const takeDelays = (): Promise<Delay[]> =>
  new Promise((resolve) => {
    probe.once('message', resolve)
    probe.postMessage(null)
  })
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS))
const mb = (bytes: number): number => Math.round(bytes / 1e6)
const largest = (): number => Math.max(...processBytes(server.pid).values())

console.log(
  `${availableParallelism()} processors, load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
)
await rest()
const p99 = (values: readonly number[]): number => Number(percentile(values, 0.99).toFixed(1))
const most = (values: readonly number[]): number => Number(Math.max(...values).toFixed(1))
const clock = (delays: readonly Delay[]): number[] => delays.map(({ ms }) => ms)
const cpu = (delays: readonly Delay[]): number[] => delays.map(({ cpuMs }) => cpuMs)
const calm = await takeDelays()
console.log(`at rest: /healthz p99 ${p99(clock(calm))} ms, ${p99(cpu(calm))} ms of processor time`)

const rows = []
for (const { name, send } of attacks) {
  await takeDelays()
  let mostBytes = largest()
  const watch = setInterval(() => {
    mostBytes = Math.max(mostBytes, largest())
  }, SAMPLE_MS)
  const begin = performance.now()
  const answers = await send(server.url)
  const ms = performance.now() - begin
  const delays = await takeDelays()
  clearInterval(watch)
  await rest()
  rows.push({
    attack: name,
    answers: Object.entries(answers)
      .map(([answer, count]) => (count === 1 ? answer : `${count} x ${answer}`))
      .join(', '),
    ms: Math.round(ms),
    clockP99: p99(clock(delays)),
    cpuP99: p99(cpu(delays)),
    cpuMost: most(cpu(delays)),
    mostMb: mb(mostBytes),
    afterMb: mb(largest()),
    load: Number(loadavg()[0]!.toFixed(1)),
  })
  console.log(JSON.stringify(rows.at(-1)))
}
console.table(rows)
const failed = rows.filter(
  ({ answers, cpuP99, mostMb }) => /\b500\b/.test(answers) || cpuP99 > MAX_P99_MS || mostMb * 1e6 > MAX_PROCESS_BYTES,
)
console.log(
  failed.length === 0 ? 'all within bounds' : `beyond bounds: ${failed.map(({ attack }) => attack).join(', ')}`,
)
await probe.terminate()
await server.stop()
process.exitCode = failed.length === 0 ? 0 : 1
