// Progress of one call: a first notification at once, then one for each change, and one at least every fifteen seconds, by
// which hosts tell that a call is alive.

import type { KoutuEvent } from '@koutu/core'
import type { ServerContext } from '@modelcontextprotocol/server'

export interface Progress extends Disposable {
  /** `fraction` of the whole call, 0 to 1. */
  report(fraction: number, message: string): void
}

const ALIVE_MS = 15_000
const TOTAL = 100
/** How much a notification adds where nothing has moved: the protocol asks for a growing number. */
const CREEP = 0.01

export function startProgress({ mcpReq }: ServerContext, message: string): Progress {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return { report() {}, [Symbol.dispose]() {} }
  let sent = -1
  let last = message
  const send = (progress: number) => {
    sent = Math.max(progress, sent + CREEP)
    const params = { progressToken, progress: sent, total: TOTAL, message: last }
    // Whoever has hung up misses nothing.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
  }
  send(0)
  const timer = setInterval(() => send(sent), ALIVE_MS)
  timer.unref()
  return {
    report(fraction, text) {
      const progress = Math.floor(fraction * TOTAL)
      if (text === last && progress <= sent) return
      last = text
      send(progress)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Tells of one image as part of a call, from `from` to `to` of the whole. */
export function imageProgress(progress: Progress, from = 0, to = 1): (event: KoutuEvent) => void {
  let message = 'Reading the image'
  let fraction = 0
  return (event) => {
    if (event.type === 'stage') message = STAGES[event.step]
    else if (event.type === 'model') message = `Preparing the model: ${event.phase}`
    else if (event.type === 'queue') message = `Waiting in a queue at position ${event.position}`
    else if (event.type === 'progress') fraction = event.fraction
    progress.report(from + (to - from) * fraction, message)
  }
}

const STAGES = {
  read: 'Reading the image',
  decode: 'Decoding the image',
  model: 'Loading the model',
  segment: 'Finding the subject',
  refine: 'Refining the edges',
  matte: 'Computing the alpha matte',
} as const
