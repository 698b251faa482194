// A connection to a process that waits for commands.

import { connect, type Socket } from 'node:net'
import type { FromCommand, WarmFacts } from './warm-messages.ts'
import { isOwnSocket, receiveMessages, sendMessage } from './warm-socket.ts'

export interface Connection {
  readonly socket: Socket
  readonly facts: WarmFacts
  /** The next message. Errors: those of the connection, and where it ends or nothing comes. */
  next(): Promise<unknown>
  /** Hands all further messages on. */
  listen(receive: (message: unknown) => void): void
  send(message: FromCommand): void
}

/** A process that waits answers at once; one that does not is frozen. */
const ANSWER_TIMEOUT_MS = 500

/** 'nobody': it has ended. 'silent': it is frozen, or another program. */
export async function connectWarm(path: string): Promise<Connection | 'nobody' | 'silent'> {
  try {
    if (!isOwnSocket(path)) return 'nobody'
    const opened = openConnection(path)
    return { ...opened, facts: (await opened.next()) as WarmFacts }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'nobody' : 'silent'
  }
}

/** Errors where the system allows no connections. */
function openConnection(path: string): Omit<Connection, 'facts'> {
  const socket = connect(path)
  let fault: Error | null = null
  /** That nobody has asked for yet. */
  const waiting: unknown[] = []
  let wake = (): void => {}
  let receive = (message: unknown): void => {
    waiting.push(message)
    wake()
  }
  receiveMessages(socket, (message) => receive(message))
  const fail = (error: Error) => {
    fault ??= error
    wake()
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  return {
    socket,
    send(message) {
      if (!socket.destroyed) sendMessage(socket, message)
    },
    async next() {
      const timer = setTimeout(() => fail(new Error('no answer')), ANSWER_TIMEOUT_MS)
      while (waiting.length === 0 && fault === null) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      clearTimeout(timer)
      if (waiting.length > 0) return waiting.shift()
      socket.destroy()
      throw fault
    },
    listen(listener) {
      receive = listener
      for (const message of waiting.splice(0)) listener(message)
    },
  }
}
