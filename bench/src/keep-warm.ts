// `koutu IMAGE` as it starts anew each time, and with `--keep-warm`, in turns: time from the start of the process to its end, and the
// processor time of the command and of the process that stays, with its network's.
//
//   node bench/src/keep-warm.ts [--rounds 15]
//
// The image is examples/photo.jpg, 1200 x 900. Linux.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listWarm } from '../../packages/koutu/src/warm/list-warm.ts'
import { treeCpuMs } from '../server/server-process.ts'
import { alternate } from './measure/alternate.ts'
import { PROGRAMS, ROOT, runNode } from './measure/run.ts'
import { compare, type Versus } from './measure/statistics.ts'

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const folder = mkdtempSync(join(tmpdir(), 'koutu-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const env = { ...process.env, KOUTU_CACHE_DIR: join(folder, 'cache') }
const words = [...PROGRAMS.koutu, join(ROOT, 'examples/photo.jpg'), '-o', join(folder, 'out.png'), '--overwrite']

interface Run {
  readonly ms: number
  /** Of the command with all that it started and that has ended, and of the process that stays. */
  readonly cpuMs: number
}

/** Of the children that have ended, in milliseconds, from /proc (proc_pid_stat(5)): Node tells its own only. */
function endedCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(values[13]) + Number(values[14])) * 10
}

async function stayingCpuMs(): Promise<number> {
  const [staying] = await listWarm(env.KOUTU_CACHE_DIR)
  return staying ? treeCpuMs(staying.pid) : 0
}

async function measure(more: readonly string[]): Promise<Run> {
  const [ended, staying] = [endedCpuMs(), await stayingCpuMs()]
  const { ms } = await runNode([...words, ...more], { env })
  return { ms, cpuMs: endedCpuMs() - ended + (await stayingCpuMs()) - staying }
}

const variants = { anew: [], 'kept warm': ['--keep-warm', '60s'] }
// Prepares the network, fills the cache of compiled code, and leaves a process.
for (const more of [[], [], variants['kept warm']]) await measure(more)
const runs = await alternate(['anew', 'kept warm'], Number(flags.rounds), (variant) => measure(variants[variant]))
await measure(['--keep-warm', '0'])

const versus = (read: (run: Run) => number): Versus => compare(runs['kept warm'].map(read), runs.anew.map(read))
const [ms, cpuMs] = [versus((run) => run.ms), versus((run) => run.cpuMs)]
for (const [name, { ours, theirs, ratio, pairs }] of Object.entries({ time: ms, processor: cpuMs }))
  console.log(
    `${name.padEnd(9)} kept warm ${ours.median.toFixed(0)} ms (${ours.min.toFixed(0)} to ${ours.max.toFixed(0)}), anew ${theirs.median.toFixed(0)} ms (${theirs.min.toFixed(0)} to ${theirs.max.toFixed(0)}), ${ratio.toFixed(2)} : 1, of pairs ${pairs.median.toFixed(2)} : 1`,
  )
console.log(JSON.stringify({ processor: cpus()[0]?.model.trim(), threads: availableParallelism(), ms, cpuMs }))
