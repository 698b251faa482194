// One client over stdin and stdout. Nothing else may be written to stdout.

import type { McpServerFactory } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio as serve } from '@modelcontextprotocol/server/stdio'

export interface StdioServer {
  /** Resolves when the client has closed its end. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** An image may come as a data URL. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20

export function serveStdio(factory: McpServerFactory, onError: (error: Error) => void): StdioServer {
  const transport = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE_BYTES })
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const handle = serve(factory, { transport, onerror: onError })
  const onClose = transport.onclose
  transport.onclose = () => {
    onClose?.()
    resolve()
  }
  return { closed, close: () => handle.close() }
}
