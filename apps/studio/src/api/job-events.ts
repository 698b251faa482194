// Server-sent events over fetch, because EventSource sends no key. A stream that breaks is opened again after its last event.

import type { JobState } from './jobs.ts'
import { pause, RequestError, request } from './request.ts'

export type JobEvent =
  | { readonly type: 'state'; readonly state: JobState }
  | { readonly type: 'progress'; readonly progress: number }
  | { readonly type: 'outlook'; readonly position: number | null; readonly secondsLeft: number | null }

const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled', 'expired', 'deleted'])
const PAUSE_MS = 1000

const isFinal = (state: JobState): boolean => FINAL.has(state)

/** Calls `onEvent` until the job has ended. Errors: RequestError; what `signal` throws. */
export async function followJob(id: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void> {
  let lastId = ''
  for (;;) {
    const response = await request(`v1/jobs/${id}/events`, {
      signal,
      headers: { accept: 'text/event-stream', ...(lastId ? { 'last-event-id': lastId } : {}) },
    })
    try {
      for await (const message of messagesOf(response)) {
        lastId = message.id || lastId
        const event = { type: message.event, ...JSON.parse(message.data) } as JobEvent
        onEvent(event)
        if (event.type === 'state' && isFinal(event.state)) return
      }
    } catch (error) {
      if (signal.aborted || error instanceof RequestError) throw error
    }
    await pause(PAUSE_MS, signal)
  }
}

interface Message {
  readonly id: string
  readonly event: string
  readonly data: string
}

async function* messagesOf({ body }: Response): AsyncGenerator<Message> {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += value
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const message = parse(block)
        if (message) yield message
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

function parse(block: string): Message | null {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (name) fields[name] = value!
  }
  return fields.data === undefined ? null : { id: fields.id ?? '', event: fields.event ?? 'message', data: fields.data }
}
