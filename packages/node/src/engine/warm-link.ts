// A command's end of an inference process that an earlier command has left to it.

import { connect, type Socket } from 'node:net'
import type { AnswerMessage } from '@koutu/core/channel'
import type { Ending, InferenceLink } from './inference-link.ts'
import {
  isOwnSocket,
  receiveMessages,
  sendMessage,
  socketsIn,
  TAKE,
  TAKEN,
  type WarmFacts,
  warmFolders,
} from './warm-socket.ts'

/** The process that waits there, for this command alone. Null where none does. */
export async function takeWarm(path: string): Promise<InferenceLink | null> {
  let connection: Connection | null = null
  try {
    if (!isOwnSocket(path)) return null
    connection = openConnection(path)
    const { pid, leftMs } = (await connection.next()) as WarmFacts
    if (leftMs !== null) sendMessage(connection.socket, TAKE)
    if (leftMs !== null && (await connection.next()) === TAKEN) return linkOf(connection, pid)
  } catch {}
  connection?.socket.destroy()
  return null
}

/** What a process there says of itself. It goes on waiting. 'nobody': it has ended. 'silent': it is frozen, or another program. */
export async function readWarmFacts(path: string): Promise<WarmFacts | 'nobody' | 'silent'> {
  try {
    if (!isOwnSocket(path)) return 'nobody'
    const { socket, next } = openConnection(path)
    const facts = (await next()) as WarmFacts
    socket.destroy()
    return facts
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'nobody' : 'silent'
  }
}

/** All processes that have been left to other commands. */
export async function listWarm(cacheDir: string): Promise<readonly WarmFacts[]> {
  const found = await Promise.all(warmFolders(cacheDir).flatMap(socketsIn).map(readWarmFacts))
  return found.filter((one) => typeof one !== 'string')
}

interface Connection {
  readonly socket: Socket
  /** The next message. Errors: those of the connection, and where it ends or nothing comes. */
  next(): Promise<unknown>
  /** Hands all further messages on. */
  listen(receive: (message: unknown) => void): void
}

/** A process that waits answers at once; one that does not is frozen. */
const ANSWER_TIMEOUT_MS = 500

/** Errors where the system allows no connections. */
function openConnection(path: string): Connection {
  const socket = connect(path)
  let fault: Error | null = null
  let answer = Promise.withResolvers<unknown>()
  let receive = (message: unknown): void => answer.resolve(message)
  receiveMessages(socket, (message) => receive(message))
  const fail = (error: Error) => {
    fault ??= error
    answer.reject(fault)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  return {
    socket,
    async next() {
      if (fault) throw fault
      const timer = setTimeout(() => socket.destroy(new Error('no answer')), ANSWER_TIMEOUT_MS)
      try {
        return await answer.promise
      } finally {
        clearTimeout(timer)
        answer = Promise.withResolvers()
        answer.promise.catch(() => {})
      }
    },
    listen(listener) {
      receive = listener
    },
  }
}

function linkOf({ socket, listen }: Connection, pid: number): InferenceLink {
  socket.unref()
  return {
    pid,
    post: (message) => sendMessage(socket, message),
    hold(isBusy) {
      if (isBusy) socket.ref()
      else socket.unref()
    },
    kill() {
      // While the connection stands, this is its process.
      if (!socket.destroyed) killProcess(pid)
      socket.destroy()
    },
    letGo: () => void socket.end(),
    listen({ message, end }) {
      listen((received) => message(received as AnswerMessage))
      const ending: Ending = { detail: 'the inference process ended', signal: null }
      if (socket.destroyed) setImmediate(end, ending)
      else socket.once('close', () => end(ending))
    },
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}
