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

/** `onError` gets a line for people. */
export function serveStdio(factory: McpServerFactory, onError: (line: string) => void): StdioServer {
  const transport = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE_BYTES })
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const handle = serve(factory, { transport, onerror: (error) => onError(lineOf(error)) })
  const onClose = transport.onclose
  transport.onclose = () => {
    onClose?.()
    resolve()
  }
  return { closed, close: () => handle.close() }
}

/** What the transport complains of. Of a message that it cannot read it lists every rule that is broken, in eighty lines. */
export function lineOf(error: Error): string {
  return error.name.endsWith('ZodError') ? 'ignored a message that is no JSON-RPC 2.0' : error.message
}
