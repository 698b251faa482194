// Bodies of responses that are sent while they are read, within the limits of their caller. Who stops reading is hung up on
// by http/listen.ts, which ends the body, too.

import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../http/gate.ts'
import type { AppContext } from '../http/route.ts'

/** `open` is called when it is its turn. Errors: TOO_MANY_STREAMS, ABORTED, those of `open`. */
export async function openDownload<T extends ReadableStream<Uint8Array> | null>(
  c: AppContext,
  { streams }: Pick<AppDeps, 'streams'>,
  open: () => Promise<T>,
): Promise<ReadableStream<Uint8Array> | T> {
  const leave = await streams.download(callerOf(c), c.req.raw.signal)
  try {
    const body = await open()
    if (body) return tellEnd(body, leave)
    leave()
    return body
  } catch (error) {
    leave()
    throw error
  }
}

/** `open` is called where there is room for one more. Errors: TOO_MANY_STREAMS, those of `open`. */
export async function openEvents(
  c: AppContext,
  { streams }: Pick<AppDeps, 'streams'>,
  open: () => Promise<Response>,
): Promise<Response> {
  const leave = streams.events(callerOf(c))
  try {
    const { body, status, headers } = await open()
    return new Response(tellEnd(body!, leave), { status, headers })
  } catch (error) {
    leave()
    throw error
  }
}

/** The same bytes; `onEnd` is called however they end. */
function tellEnd(source: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          onEnd()
          controller.close()
        } catch (error) {
          onEnd()
          controller.error(error)
        }
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
