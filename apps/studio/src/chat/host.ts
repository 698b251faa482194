// The host of this page: the program that shows the chat. JSON-RPC over postMessage, as MCP Apps (SEP-1865, revision 2026-01-26)
// says. The official client of that protocol bundles to twice the size that the whole page may have.

import type {
  McpUiHostCapabilities,
  McpUiHostContext,
  McpUiInitializeRequest,
  McpUiInitializeResult,
} from '@modelcontextprotocol/ext-apps'

const PROTOCOL_VERSION = '2026-01-26'
const METHOD_NOT_FOUND = -32_601

export interface ToolResult {
  readonly isError?: boolean
  readonly content?: readonly {
    readonly type: string
    readonly text?: string
    readonly data?: string
    readonly mimeType?: string
  }[]
  readonly structuredContent?: Readonly<Record<string, unknown>>
}

export interface HostEvents {
  /** The arguments of the call that this page belongs to. */
  onInput(): void
  onResult(result: ToolResult): void
  onCanceled(): void
  /** All that is known of the host, each time something has changed. */
  onContext(context: McpUiHostContext): void
}

export interface Host {
  readonly capabilities: McpUiHostCapabilities
  /** Calls a tool of the server that this page comes from. A failed tool is a result with `isError`. Errors: those of the host. */
  callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolResult>
  /** What the model is told with the user's next message. The last one counts. */
  tellModel(text: string, data: Readonly<Record<string, unknown>>): Promise<void>
  setDisplayMode(mode: 'inline' | 'fullscreen'): Promise<void>
  tellSize(width: number, height: number): void
}

interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number | string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/** Resolves when the host has greeted. Errors: what the host answers. */
export async function connectHost(version: string, events: HostEvents): Promise<Host> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  const send = (message: Omit<Message, 'jsonrpc'>) => parent.postMessage({ jsonrpc: '2.0', ...message }, '*')
  const request = <T>(method: string, params: unknown): Promise<T> => {
    const answer = Promise.withResolvers<unknown>()
    waiting.set(++lastId, answer)
    send({ id: lastId, method, params })
    return answer.promise as Promise<T>
  }
  const notify = (method: string, params: unknown = {}) => send({ method, params })
  let context: McpUiHostContext = {}
  const hear = (method: string, params: unknown) => {
    if (method === 'ui/notifications/tool-input') events.onInput()
    else if (method === 'ui/notifications/tool-result') events.onResult(params as ToolResult)
    else if (method === 'ui/notifications/tool-cancelled') events.onCanceled()
    else if (method === 'ui/notifications/host-context-changed') {
      context = { ...context, ...(params as McpUiHostContext) }
      events.onContext(context)
    }
  }
  addEventListener('message', ({ source, data }: MessageEvent<Message | undefined>) => {
    if (source !== parent || data?.jsonrpc !== '2.0') return
    const { id, method, params, result, error } = data
    if (method === undefined) {
      const answer = waiting.get(Number(id))
      waiting.delete(Number(id))
      if (error) answer?.reject(new Error(error.message))
      else answer?.resolve(result)
    } else if (id === undefined) hear(method, params)
    else if (method === 'ping' || method === 'ui/resource-teardown') send({ id, result: {} })
    else send({ id, error: { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` } })
  })
  const greeting: McpUiInitializeRequest['params'] = {
    appInfo: { name: 'koutu', version },
    appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
    protocolVersion: PROTOCOL_VERSION,
  }
  const { hostCapabilities, hostContext } = await request<McpUiInitializeResult>('ui/initialize', greeting)
  context = hostContext
  events.onContext(context)
  notify('ui/notifications/initialized')
  return {
    capabilities: hostCapabilities,
    callTool: (name, args) => request('tools/call', { name, arguments: args }),
    async tellModel(text, structuredContent) {
      if (!hostCapabilities.updateModelContext) return
      await request('ui/update-model-context', { content: [{ type: 'text', text }], structuredContent })
    },
    async setDisplayMode(mode) {
      const { mode: displayMode } = await request<{ mode: 'inline' | 'fullscreen' }>('ui/request-display-mode', {
        mode,
      })
      context = { ...context, displayMode }
      events.onContext(context)
    },
    tellSize: (width, height) => notify('ui/notifications/size-changed', { width, height }),
  }
}
