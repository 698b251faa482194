// What an inference process does once its command leaves it to the next: it listens on the socket, serves one command after another,
// and ends when none has come for a while.

import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { AnswerMessage, CallMessage } from '@koutu/core/channel'
import { readWarmFacts } from './warm-link.ts'
import { receiveMessages, type Stay, sendMessage, socketsIn, TAKE, TAKEN, type WarmFacts } from './warm-socket.ts'

export interface WaitingSettings {
  readonly facts: () => Omit<WarmFacts, 'leftMs'>
  readonly receive: (message: CallMessage) => void
  /** Whether a call is under way. */
  readonly isBusy: () => boolean
  /** Forgets the image of the command that has gone. */
  readonly onRest: () => void
  /** Ends this process. */
  readonly end: () => void
}

export interface Waiting {
  /** How long to wait from the next `rest` on. */
  idleMs: number
  /** Its command is gone: waits for the next one. */
  rest(): void
  /** To the command that has taken this process; to nobody where none has. */
  post(message: AnswerMessage): void
}

/** Listens. Errors where it cannot, or where another process waits there already. */
export async function waitOn({ socketPath, idleMs }: Stay, settings: WaitingSettings): Promise<Waiting> {
  let command: Socket | null = null
  /** Set while it waits. */
  let timer: NodeJS.Timeout | undefined
  let endsAtMs = 0
  const end = () => {
    server.close()
    settings.end()
  }
  const waiting: Waiting = {
    idleMs,
    rest() {
      settings.onRest()
      endsAtMs = performance.now() + waiting.idleMs
      timer = setTimeout(end, waiting.idleMs)
    },
    post: (message) => command && sendMessage(command, message),
  }

  const serve = (socket: Socket) => {
    receiveMessages(socket, (message) => {
      if (socket === command) settings.receive(message as CallMessage)
      else if (message !== TAKE || timer === undefined) socket.destroy()
      else {
        clearTimeout(timer)
        timer = undefined
        command = socket
        sendMessage(socket, TAKEN)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (socket !== command) return
      command = null
      // Who leaves in the middle wants no answer, and native code cannot be interrupted.
      if (settings.isBusy()) end()
      else waiting.rest()
    })
    const leftMs = timer === undefined ? null : endsAtMs - performance.now()
    sendMessage(socket, { ...settings.facts(), leftMs } satisfies WarmFacts)
  }

  await removeUnused(dirname(socketPath))
  const server = await listen(socketPath, serve)
  return waiting
}

/** Sockets of processes that were killed. */
async function removeUnused(folder: string): Promise<void> {
  for (const path of socketsIn(folder)) {
    if ((await readWarmFacts(path)) === 'nobody') rmSync(path, { force: true })
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
