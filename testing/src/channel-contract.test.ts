// The channel itself, between two ports of one process.

import { MessageChannel } from 'node:worker_threads'
import { KoutuError } from '@koutu/core'
import { type AnswerMessage, type CallMessage, createCaller, createResponder } from '@koutu/core/channel'
import { type ChannelUser, channelContract } from './channel-contract.ts'

type EchoCalls = {
  echo(n: number): { readonly n: number; readonly bytes: Uint8Array }
  refuse(request: null): null
  hang(request: null): null
}

const echo = (n: number) => ({ n, bytes: Uint8Array.of(n % 256) })

function connect() {
  const { port1, port2 } = new MessageChannel()
  const caller = createCaller<EchoCalls>({
    post: (message, transfer) => port1.postMessage(message, transfer),
  })
  const responder = createResponder<EchoCalls>(
    {
      // Answers in another order than asked.
      echo: async (n) => {
        for (let turn = 0; turn < n % 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        return echo(n)
      },
      refuse: () => {
        throw new KoutuError('IMAGE_TOO_LARGE', { detail: 'expected less', data: { limit: 1 } })
      },
      hang: () => new Promise(() => {}),
    },
    { post: (message, transfer) => port2.postMessage(message, transfer) },
  )
  port1.on('message', (message: AnswerMessage) => caller.receive(message))
  port2.on('message', (message: CallMessage) => responder.receive(message))
  const close = () => {
    caller.end(new KoutuError('ENGINE_FAILED', { detail: 'the port was closed' }))
    port1.close()
  }
  return { caller, close }
}

channelContract('two ports', async (): Promise<ChannelUser> => {
  let ends = connect()
  return {
    ask: (n, ctx) => ends.caller.call('echo', n, ctx),
    answerTo: echo,
    refuse: () => ends.caller.call('refuse', null),
    refusal: { code: 'IMAGE_TOO_LARGE', data: { limit: 1 } },
    die: () => {
      const lost = ends
      const call = lost.caller.call('hang', null)
      setImmediate(lost.close)
      ends = connect()
      return call
    },
    loss: 'ENGINE_FAILED',
    async [Symbol.asyncDispose]() {
      ends.close()
    },
  }
})
