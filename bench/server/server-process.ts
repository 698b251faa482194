// `koutu serve` as a process of its own, with a data folder that is thrown away, and what its processes take in memory.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const COMMAND = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export async function startServerProcess(...flags: readonly string[]): Promise<ServerProcess> {
  const data = mkdtempSync(join(tmpdir(), 'koutu-bench-'))
  const args = [COMMAND, 'serve', '--port', '0', '--data', data, '--log-level', 'error', '--rate', '1000000', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  // Also when the bench fails.
  process.once('exit', () => child.kill('SIGKILL'))
  const url = await firstUrl(child)
  while (!(await fetch(`${url}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, 100))
  return {
    url,
    pid: child.pid!,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(data, { recursive: true })
    },
  }
}

async function firstUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const url = /Listening on (\S+)/.exec(line)?.[1]
    if (url) return url
  }
  throw new Error('the server ended before it listened')
}

/** One image through the server, waited for however long it takes. Resolves with the id of its job. */
export async function cutOverHttp(url: string, photo: Uint8Array<ArrayBuffer>): Promise<string> {
  const headers = { 'content-type': 'image/jpeg' }
  let response = await fetch(`${url}/v1/cutouts`, { method: 'POST', body: photo, headers })
  const job = response.headers.get('koutu-job')
  while (response.status === 202 || response.status === 409) {
    await response.arrayBuffer()
    await new Promise((resolve) => setTimeout(resolve, 100))
    response = await fetch(`${url}/v1/jobs/${job}/result`)
  }
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  return job!
}

/** Resident bytes of a process and all that it started, shared pages counted in part (PSS). Linux. */
export function treeBytes(pid: number): number {
  return [...processBytes(pid).values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** The same of each process, by its id. */
export function processBytes(pid: number): ReadonlyMap<number, number> {
  return new Map(
    treeOf(pid).map((one) => [
      one,
      Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${one}/smaps_rollup`))?.[1] ?? 0) * 1024,
    ]),
  )
}

/** Processor time that processes and all that they started have used so far, in ticks of 10 ms. Linux. */
export function treeCpuMs(...pids: readonly number[]): number {
  const ticks = treeOf(...pids).map((one) => {
    const stat = read(`/proc/${one}/stat`)
    // The name before may hold anything, brackets too (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Its own, and that of children that have ended.
    return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0)
  })
  return ticks.reduce((sum, count) => sum + count, 0) * 10
}

function treeOf(...pids: readonly number[]): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1]
    if (parent) parents.set(Number(name), Number(parent))
  }
  const belongs = (one: number): boolean => pids.includes(one) || (parents.has(one) && belongs(parents.get(one)!))
  return [...parents.keys()].filter(belongs)
}

/** A process may end between being listed and being read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The value of `--name`, or what is meant without it. */
export function flag(name: string, standard: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? standard : Number(process.argv[at + 1])
}
