// Streams and signals of a command that runs in another process than the one that people have started.

import { Writable } from 'node:stream'
import type { Environment } from '../cli/environment.ts'
import type { FromCommand, Output, RunRequest, ToCommand } from './warm-messages.ts'

type Ack = (error?: Error | null) => void

export interface RemoteStreams extends Pick<Environment, 'stdin' | 'stdout' | 'stderr' | 'signal'> {
  receive(message: FromCommand): void
  /** The command's own process has gone: what waits for it fails, and the command is aborted. */
  lose(): void
  /** Resolves once all that was written has arrived, or cannot arrive. */
  flush(): Promise<void>
}

export function createRemoteStreams(request: RunRequest, post: (message: ToCommand) => void): RemoteStreams {
  const interrupt = new AbortController()
  const acks = new Map<Output, Ack>()
  let isLost = false
  let input = Promise.withResolvers<Uint8Array | null>()
  const gone = () => Object.assign(new Error('the command has gone'), { code: 'EPIPE' })

  const writable = (to: Output) => {
    const stream = new Writable({
      write(bytes: Uint8Array, _, done) {
        if (isLost) return done(gone())
        acks.set(to, done)
        post({ type: 'write', to, bytes })
      },
    })
    stream.on('error', () => {})
    return Object.assign(stream, request[to])
  }
  const [stdout, stderr] = [writable('stdout'), writable('stderr')]

  async function* readInput(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (isLost) throw gone()
      post({ type: 'read' })
      const bytes = await input.promise
      input = Promise.withResolvers()
      if (bytes === null) return
      yield bytes
    }
  }

  return {
    stdin: readInput(),
    stdout: stdout as unknown as Environment['stdout'],
    stderr: stderr as unknown as Environment['stderr'],
    signal: interrupt.signal,
    receive(message) {
      if (message.type === 'abort') interrupt.abort()
      else if (message.type === 'written') {
        const done = acks.get(message.to)
        acks.delete(message.to)
        done?.()
      } else if (message.type === 'input') {
        if (message.error) input.reject(Object.assign(new Error(message.error.message), { code: message.error.code }))
        else input.resolve(message.bytes)
      }
    },
    lose() {
      isLost = true
      interrupt.abort()
      for (const done of acks.values()) done(gone())
      input.promise.catch(() => {})
      input.reject(gone())
    },
    async flush() {
      await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.end(resolve))))
    },
  }
}
