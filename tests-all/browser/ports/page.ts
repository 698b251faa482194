// Runs in the page: its end of the line to the tests. Calls of ports go on to the worker, the others use the library as users do.

import * as koutu from '@koutu/browser'
import { type AnswerMessage, type CallMessage, createResponder } from '@koutu/core/channel'
import { FROM_PAGE, type PortCalls, TO_PAGE } from './calls.ts'
import { pack, unpack } from './wire.ts'

let sending: Promise<unknown> = Promise.resolve()
const send = (answer: AnswerMessage) => {
  // One after another, as events of a call come before its answer.
  sending = sending.then(() => fetch(FROM_PAGE, { method: 'POST', body: pack(answer) }))
}

const worker = new Worker('worker.js', { type: 'module' })
worker.onmessage = ({ data }: MessageEvent<AnswerMessage>) => send(data)

const own = createResponder<Pick<PortCalls, 'cut'>>(
  {
    async cut({ options }) {
      const { image, report } = await koutu.removeBackground(square(), options)
      const warnings = report.warnings.map(({ code }) => code)
      return { precision: report.precision, warnings, isIsolated: crossOriginIsolated, png: await image.bytes() }
    },
  },
  { post: send },
)

function square(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(64, 64)
  const context = canvas.getContext('2d')!
  context.fillStyle = '#000'
  context.fillRect(0, 0, 64, 64)
  context.fillStyle = '#fff'
  context.fillRect(16, 16, 32, 32)
  return canvas
}

new EventSource(TO_PAGE).onmessage = ({ data }: MessageEvent<string>) => {
  const message = unpack(data) as CallMessage
  if (message.type === 'call' && message.name === 'cut') own.receive(message)
  else worker.postMessage(message)
}
