// Listens, runs one command after another, and ends when none has come for a while.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { runProgram } from '../cli/program.ts'
import { readKeepWarm } from '../keep-warm.ts'
import { WARM_ENTRY } from '../warm-entry.ts'
import { connectWarm } from './connection.ts'
import { createKeptRemover } from './kept-remover.ts'
import { createRemoteStreams } from './remote-streams.ts'
import type { FromCommand, RunRequest, ToCommand, WarmFacts } from './warm-messages.ts'
import { receiveMessages, sendMessage, socketsIn } from './warm-socket.ts'

/** For the command that has started this process. */
const FIRST_COMMAND_MS = 10_000

/** Tells the parent once it listens. Ends the process where it cannot, or where another one waits there already. */
export async function serveWarm(socketPath: string): Promise<void> {
  const kept = createKeptRemover()
  const { version } = createRequire(WARM_ENTRY)('../package.json') as { version: string }
  /** Set while it waits. */
  let timer: NodeJS.Timeout | undefined
  let endsAtMs = 0
  const end = () => {
    server.close()
    process.exit(0)
  }
  const rest = (idleMs: number) => {
    endsAtMs = performance.now() + idleMs
    timer = setTimeout(end, idleMs)
  }
  const facts = (): WarmFacts => ({
    pid: process.pid,
    model: kept.last?.model ?? null,
    precision: kept.last?.precision ?? null,
    memoryBytes: residentBytes(),
    leftMs: timer === undefined ? null : endsAtMs - performance.now(),
  })
  const run = async (request: RunRequest, socket: Socket, handOver: (receive: Receive) => void) => {
    const post = (message: ToCommand) => void (socket.destroyed || sendMessage(socket, message))
    const { receive, lose, flush, ...streams } = createRemoteStreams(request, post)
    handOver(receive)
    socket.once('close', lose)
    post({ type: 'taken' })
    const code = await runProgram(request.words, { ...streams, version, createRemover: kept.create })
    const idleMs = await readKeepWarm(request.words, process.env).catch(() => null)
    await flush()
    process.chdir('/')
    if (idleMs) rest(idleMs)
    post({ type: 'exit', code })
    if (idleMs) socket.end()
    else if (socket.destroyed) end()
    else socket.end(end)
  }
  const serve = (socket: Socket) => {
    let receive: Receive = (message) => {
      if (message.type !== 'run' || timer === undefined || !adopt(message)) return socket.destroy()
      clearTimeout(timer)
      timer = undefined
      void run(message, socket, (next) => {
        receive = next
      })
    }
    receiveMessages(socket, (message) => receive(message as FromCommand))
    socket.on('error', () => {})
    sendMessage(socket, facts())
  }
  await removeUnused(dirname(socketPath))
  const server = await listen(socketPath, serve).catch(() => process.exit(1))
  // Interrupting a terminal is told by the command.
  process.on('SIGINT', () => {})
  process.chdir('/')
  rest(FIRST_COMMAND_MS)
  process.send?.('listening')
}

type Receive = (message: FromCommand) => void

/** Makes this process what the command's own would be. False where it cannot. */
function adopt({ folder, variables, umask }: RunRequest): boolean {
  try {
    process.chdir(folder)
  } catch {
    return false
  }
  process.umask(umask)
  for (const name of Object.keys(process.env)) if (variables[name] === undefined) delete process.env[name]
  Object.assign(process.env, variables)
  return true
}

/** Sockets of processes that were killed. */
async function removeUnused(folder: string): Promise<void> {
  for (const path of socketsIn(folder)) {
    const found = await connectWarm(path)
    if (found === 'nobody') rmSync(path, { force: true })
    else if (found !== 'silent') found.socket.destroy()
  }
}

async function listen(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const server = createServer(serve)
  server.once('error', reject)
  server.once('listening', resolve)
  const before = process.umask(0o177)
  try {
    // Made before this returns.
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await promise
  return server
}

/** Of this process and its children where the system tells of them (Linux), else of this one. */
function residentBytes(): number {
  const own = process.memoryUsage.rss()
  try {
    const children = readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'latin1').trim().split(' ').filter(Boolean),
    )
    const kilobytes = children.map((pid) =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0),
    )
    return own + kilobytes.reduce((sum, one) => sum + one * 1024, 0)
  } catch {
    return own
  }
}
