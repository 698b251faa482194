// `koutu serve` in a process of its own, on a free port.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const COMMAND = join(import.meta.dirname, '../../bin/koutu.js')

export interface Served {
  readonly url: string
  readonly child: ChildProcess
  readonly stderr: () => string
  /** What it says until it listens. */
  readonly lines: readonly string[]
  /** Exit code after SIGTERM. */
  stop(): Promise<number | null>
}

export async function serve(data: string, ...flags: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--data', data, ...flags], { stdio: 'pipe' })
  let stderr = ''
  child.stderr.on('data', (piece) => {
    stderr += piece
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    const url = /Listening on (\S+)/.exec(line)?.[1]
    if (!url) continue
    const stop = () => {
      child.kill('SIGTERM')
      return ended
    }
    return { url, child, lines, stderr: () => stderr, stop }
  }
  throw new Error(stderr)
}
