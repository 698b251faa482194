// Runs a program to its end and keeps what it wrote: how tests meet a command. Knows nothing of the program.

import { type ChildProcess, spawn } from 'node:child_process'

export interface FinishedProcess {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface RunProcessOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Written to its standard input, which is then closed. With null it stays open, and nothing comes. */
  readonly stdin?: Uint8Array | string | null
  /** After this it is killed. */
  readonly timeoutMs?: number
  readonly onStart?: (child: ChildProcess) => void
  /** Called with all of standard error so far, whenever more comes. */
  readonly onStderr?: (stderr: string, child: ChildProcess) => void
}

/** Runs this Node with `args`. Rejects only where it cannot be started. */
export function runNode(args: readonly string[], options: RunProcessOptions = {}): Promise<FinishedProcess> {
  const { cwd, env = process.env, stdin = '', timeoutMs, onStart, onStderr } = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: 'pipe', timeout: timeoutMs })
    const stdout: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
      onStderr?.(stderr, child)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout), stderr }))
    // A program that ends without reading its input closes the pipe.
    child.stdin.on('error', () => {})
    if (stdin !== null) child.stdin.end(stdin)
    onStart?.(child)
  })
}
