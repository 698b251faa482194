// Starts the programs that are measured, each in a fresh process of this Node, and waits for their end.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoopAnswer, LoopRequest } from '../programs/messages.ts'

export const ROOT: string = join(import.meta.dirname, '../../..')

/** What is run, before its own arguments. */
export const PROGRAMS = {
  koutu: [join(ROOT, 'packages/koutu/bin/koutu.js')],
  peerOne: [join(ROOT, 'bench/peers/one.mjs')],
  peerFolder: [join(ROOT, 'bench/peers/folder.mjs')],
} as const

export const LOOPS = {
  koutu: join(ROOT, 'bench/src/programs/koutu-loop.ts'),
  koutuMatte: join(ROOT, 'bench/src/programs/koutu-matte.ts'),
  peer: join(ROOT, 'bench/peers/loop.mjs'),
} as const

export interface Finished {
  /** From the start of the process to its end. */
  readonly ms: number
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly onStart?: (child: ChildProcess) => void
  /** Whole lines of standard output, as they come. */
  readonly onLine?: (line: string) => void
}

/** A bench that is interrupted takes along what it started. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function track(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** Runs a program to its end. Throws where it fails: a measurement of a failure is none. */
export async function run(command: string, args: readonly string[], options: StartOptions): Promise<Finished> {
  const { env, cwd = tmpdir(), onStart, onLine } = options
  const begin = performance.now()
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  track(child)
  onStart?.(child)
  let stdout = ''
  let stderr = ''
  let told = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    for (let end = stdout.indexOf('\n', told); onLine && end >= 0; end = stdout.indexOf('\n', told)) {
      onLine(stdout.slice(told, end))
      told = end + 1
    }
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  const ms = performance.now() - begin
  if (code !== 0) {
    const said = (stderr.trim() || stdout.trim()).slice(-2000)
    throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}:\n${said}`)
  }
  return { ms, stdout, stderr }
}

export function runNode(args: readonly string[], options: StartOptions): Promise<Finished> {
  return run(process.execPath, args, options)
}

/** One answer for each image, from a fresh process. */
export async function runLoop(
  program: string,
  request: LoopRequest,
  env: NodeJS.ProcessEnv,
): Promise<readonly LoopAnswer[]> {
  const child = fork(program, { env, cwd: tmpdir(), execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  track(child)
  const answers: LoopAnswer[] = []
  child.on('message', (message) => answers.push(message as LoopAnswer))
  // The last answers may come after the process has ended.
  const disconnected = once(child, 'disconnect')
  child.send(request)
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  await disconnected
  if (code !== 0 || answers.length !== request.pictures.length) {
    throw new Error(`${program} ended with ${code ?? signal} after ${answers.length} images`)
  }
  return answers
}
