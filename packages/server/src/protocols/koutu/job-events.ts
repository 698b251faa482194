// The events of a job as server-sent events, and between them where it stands in the queue.

import { fromJSON } from '@koutu/core'
import type { SSEStreamingApi } from 'hono/streaming'
import type { AppDeps } from '../../app-deps.ts'
import { toProblem } from '../../http/problem.ts'
import type { AppContext } from '../../http/route.ts'
import { isFinal, type Job, type JobEvent } from '../../jobs/job-service.ts'

interface Followed {
  readonly job: Job
  readonly afterId: number
}

const OUTLOOK_INTERVAL_MS = 1_000

/** A line now and then, so that neither side nor a proxy between them takes silence for an end. */
export async function sendEvents(
  stream: SSEStreamingApi,
  c: AppContext,
  { job, afterId }: Followed,
  deps: AppDeps,
): Promise<void> {
  const { jobs, settings, ending } = deps
  const gone = new AbortController()
  stream.onAbort(() => gone.abort())
  const signal = AbortSignal.any([gone.signal, ending])
  const heartbeat = setInterval(() => void stream.write(': still here\n\n'), settings.sseHeartbeatMs)
  const outlook = sendOutlook(stream, job, deps)
  try {
    for await (const event of jobs.events(c.get('owner'), job.id, { afterId, signal })) {
      // Before the event is written: nothing may follow the final one.
      if (event.type === 'state') outlook.follow(event)
      await stream.writeSSE({ id: String(event.id), event: event.type, data: JSON.stringify(dataOf(event)) })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearInterval(heartbeat)
    outlook[Symbol.dispose]()
  }
}

function dataOf(event: JobEvent): object {
  const at = event.at.toISOString()
  if (event.type === 'progress') return { progress: event.progress, at }
  return { state: event.state, at, error: event.error ? toProblem(fromJSON(event.error)) : null }
}

interface OutlookSender extends Disposable {
  follow(event: Extract<JobEvent, { type: 'state' }>): void
}

/** Without ids: who resumes a stream is told anew. */
function sendOutlook(stream: SSEStreamingApi, { id, state, startedAt }: Job, { jobs, logger }: AppDeps): OutlookSender {
  let followed: Pick<Job, 'id' | 'state' | 'startedAt'> = { id, state, startedAt }
  let sent = ''
  let isSending = false
  const send = async (): Promise<void> => {
    const told = followed
    const data = JSON.stringify(await jobs.outlook(told))
    // Of a state that is over, or the same again.
    if (told !== followed || isFinal(told.state) || data === sent) return
    sent = data
    await stream.writeSSE({ event: 'outlook', data })
  }
  const tick = (): void => {
    if (isSending || isFinal(followed.state)) return
    isSending = true
    send()
      // The next second may do better.
      .catch((error: Error) => logger.warn({ error: error.name }, 'could not tell the position of a job'))
      .finally(() => {
        isSending = false
      })
  }
  const timer = setInterval(tick, OUTLOOK_INTERVAL_MS)
  tick()
  return {
    follow({ state, at }) {
      followed = { id, state, startedAt: state === 'running' ? at : null }
      tick()
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
