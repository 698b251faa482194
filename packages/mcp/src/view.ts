// The view in the chat (MCP Apps, SEP-1865, revision 2026-01-26): a page that hosts show beside a result. One file without
// network, made by tools/build-chat-view.ts.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { ClientCapabilities, McpServer } from '@modelcontextprotocol/server'
import type { Tool } from './tool.ts'

const VIEW_URI = 'ui://koutu/cutout.html'
const VIEW_MIME_TYPE = 'text/html;profile=mcp-app'
const EXTENSION = 'io.modelcontextprotocol/ui'
/** Where hosts before 2026 look for the address. */
const OLD_KEY = 'ui/resourceUri'
const FILE = fileURLToPath(new URL('../dist/view/cutout.html', import.meta.url))
/** No origin at all: nothing is loaded and nothing is sent. */
const META = { ui: { csp: {}, prefersBorder: true } }

/** Whether a client shows views. */
export function showsViews(capabilities: ClientCapabilities | undefined): boolean {
  const extension = capabilities?.extensions?.[EXTENSION] as { readonly mimeTypes?: unknown } | undefined
  return Array.isArray(extension?.mimeTypes) && extension.mimeTypes.includes(VIEW_MIME_TYPE)
}

/** `_meta` of a tool that the view concerns. */
export function viewMeta({ view }: Tool): Record<string, unknown> | undefined {
  if (!view) return undefined
  const visibility = view.asked === 'by the view' ? { visibility: ['app'] } : {}
  const shown = view.shown ? { resourceUri: VIEW_URI } : {}
  return { ui: { ...shown, ...visibility }, ...(view.shown && { [OLD_KEY]: VIEW_URI }) }
}

export function attachView(server: McpServer): void {
  const config = {
    title: 'Cutout',
    description: 'Compare a cutout with its image, mark what to keep and what to erase, or drop another image.',
    mimeType: VIEW_MIME_TYPE,
    _meta: META,
  }
  server.registerResource('cutout', VIEW_URI, config, async () => ({
    contents: [{ uri: VIEW_URI, mimeType: VIEW_MIME_TYPE, text: await readFile(FILE, 'utf8'), _meta: META }],
  }))
}
