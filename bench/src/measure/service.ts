// Programs that stay: a server on a port of its own, waited for until it answers, watched, and ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { track } from './run.ts'

export interface Service {
  readonly url: string
  readonly pid: number
  /** Without waiting for what is under way. */
  kill(): void
  stop(): Promise<void>
}

export interface ServiceStart {
  readonly command: string
  /** Arguments for the port that was chosen. */
  readonly args: (port: number) => readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Answers with a status below 400 once the service can be used. */
  readonly readyPath: string
}

const POLL_MS = 100
const START_TIMEOUT_MS = 120_000

/** Errors where the program ends before it answers, or does not answer in two minutes. */
export async function startService({ command, args, env, readyPath }: ServiceStart): Promise<Service> {
  const port = await freePort()
  const child = spawn(command, args(port), { env, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] })
  track(child)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-2000)
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(child, url + readyPath).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${command}: ${error.message}\n${stderr}`)
  })
  return {
    url,
    pid: child.pid!,
    kill: () => child.kill('SIGKILL'),
    async stop() {
      if (hasEnded(child)) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {})
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (hasEnded(child)) throw new Error('it ended before it answered')
    const response = await fetch(url).catch(() => null)
    await response?.arrayBuffer()
    if (response && response.status < 400) return
    await Promise.race([wait(POLL_MS), failed])
  }
  throw new Error('it did not answer in time')
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Nobody else is given it so soon: the system hands ports out in turn. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
