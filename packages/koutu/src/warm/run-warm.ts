// A command's end of the process that runs it: passes streams and signals on, and loads nothing else.

import type { ChildProcess } from 'node:child_process'
import { cacheDir } from '@koutu/node/cache-dir'
import { WARM_ENTRY } from '../warm-entry.ts'
import { type Connection, connectWarm } from './connection.ts'
import type { Output, RunRequest, Terminal, ToCommand } from './warm-messages.ts'
import { warmSocketPath } from './warm-socket.ts'

/** Runs a command line in a process that stays, and sets the exit code. False where that cannot be: it is to be run here. */
export async function runWarm(words: readonly string[]): Promise<boolean> {
  const connection = words.some(isOfThisProcess) ? null : await takeWarm(words).catch(() => null)
  if (!connection) return false
  process.exitCode = await follow(connection)
  return true
}

/** `/dev/stdin`, or the pipe of a shell's `<(…)`: another process has others under the same name. */
function isOfThisProcess(word: string): boolean {
  return /\/(dev|proc)\//.test(word)
}

/** The process that waits, or else a new one. Null where it is busy, or cannot run this. */
async function takeWarm(words: readonly string[]): Promise<Connection | null> {
  const path = warmSocketPath(cacheDir())
  if (path === null) return null
  const request: RunRequest = {
    type: 'run',
    words,
    folder: process.cwd(),
    variables: { ...process.env },
    umask: process.umask(),
    stdout: terminalOf(process.stdout),
    stderr: terminalOf(process.stderr),
  }
  let found = await connectWarm(path)
  if (found === 'nobody' && (await startWarm(path))) found = await connectWarm(path)
  if (typeof found === 'string') return null
  if (found.facts.leftMs !== null) {
    found.send(request)
    const answer = (await found.next().catch(() => null)) as ToCommand | null
    if (answer?.type === 'taken') return found
  }
  found.socket.destroy()
  return null
}

function terminalOf({ isTTY, columns, rows }: NodeJS.WriteStream): Terminal {
  return { isTTY, columns, rows }
}

/** Whether it listens. It has no part in this process's terminal and streams, and outlives it. */
async function startWarm(path: string): Promise<boolean> {
  const { fork } = await import('node:child_process')
  const execArgv = WARM_ENTRY.endsWith('.ts') ? process.execArgv : []
  const child = fork(WARM_ENTRY, [path], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv })
  const isListening = await firstWord(child)
  if (child.connected) child.disconnect()
  child.unref()
  return isListening
}

function firstWord(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('message', () => resolve(true))
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(false))
  })
}

/** Resolves with the exit code. */
async function follow({ socket, listen, send }: Connection): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  let input: AsyncIterator<Uint8Array> | null = null
  const read = async () => {
    input ??= process.stdin[Symbol.asyncIterator]()
    try {
      const { value, done } = await input.next()
      send({ type: 'input', bytes: done ? null : value })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      send({ type: 'input', bytes: null, error: { message, ...(code && { code }) } })
    }
  }
  const onInterrupt = () => {
    // The second one ends the process at once.
    process.once('SIGINT', () => process.exit(130))
    send({ type: 'abort' })
  }
  process.once('SIGINT', onInterrupt)
  process.on('SIGTERM', () => send({ type: 'abort' }))
  watchOutputs()
  listen((received) => {
    const message = received as ToCommand
    if (message.type === 'write') {
      const { to, bytes } = message
      process[to].write(bytes, (error) => !error && send({ type: 'written', to }))
    } else if (message.type === 'read') void read()
    else if (message.type === 'exit') resolve(message.code)
  })
  socket.once('close', () => resolve(LOST))
  if (socket.destroyed) resolve(LOST)
  const code = await promise
  socket.destroy()
  // What has not been read keeps no process waiting.
  if (input) process.stdin.destroy()
  return code === LOST ? tellLost() : code
}

/** No exit code of a command. */
const LOST = -1

async function tellLost(): Promise<number> {
  const [{ printError }, { KoutuError }] = await Promise.all([
    import('../cli/program.ts'),
    import('@koutu/core/errors'),
  ])
  const detail = 'the process that --keep-warm keeps has ended'
  return printError(new KoutuError('ENGINE_FAILED', { detail }), process.stderr)
}

/** As `main.ts` does. */
function watchOutputs(): void {
  const outputs: Record<Output, (error: NodeJS.ErrnoException) => unknown> = {
    async stdout(error) {
      if (error.code !== 'EPIPE') {
        const [{ printError }, { outputError }] = await Promise.all([
          import('../cli/program.ts'),
          import('../write-file.ts'),
        ])
        printError(outputError('stdout', error), process.stderr)
      }
      process.exit(1)
    },
    stderr: () => {},
  }
  for (const [name, onError] of Object.entries(outputs)) process[name as Output].on('error', onError)
}
