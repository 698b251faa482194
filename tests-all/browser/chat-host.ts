// A host with a chat, as small as it can be: the official bridge in a page, the official client behind it, and between them the
// frame in which a host shows a view: sandboxed, under the policy that MCP Apps set for views that ask for nothing.

import { join } from 'node:path'
import { type CallToolResult, Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { McpUiHostContext } from '@modelcontextprotocol/ext-apps'
import { build } from 'esbuild'
import type { Browser, Frame } from 'playwright-core'
import { openPage, type Watched } from './chromium.ts'
import { openSite } from './site.ts'

const BIN = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')
export const VIEW_URI = 'ui://koutu/cutout.html'
const POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none'"

/** As a host that shows views says of itself. */
export async function connectMcp(folder: string): Promise<Client> {
  const extensions = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }
  const client = new Client({ name: 'host', version: '1.0.0' }, { capabilities: { extensions } })
  const args = [BIN, 'mcp', '--allow', folder]
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'inherit' }))
  return client
}

/** What the script of the page puts there. Results and contexts are JSON to it. */
interface HostWindow {
  showView(context: unknown, result: unknown): Promise<void>
  changeContext(context: unknown): Promise<void>
}

/** Runs in the page. */
const SCRIPT = `
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge'
let bridge
window.showView = async (hostContext, result) => {
  const frame = document.createElement('iframe')
  frame.sandbox = 'allow-scripts'
  frame.style = 'width: 100%; height: 460px; border: 0'
  document.body.append(frame)
  const capabilities = { serverTools: {}, updateModelContext: { text: {} } }
  bridge = new AppBridge(null, { name: 'host', version: '1.0.0' }, capabilities, { hostContext })
  bridge.oncalltool = (params) => window.callTool(params)
  bridge.onupdatemodelcontext = async (params) => (await window.hear('context', params), {})
  bridge.onsizechange = ({ height }) => {
    frame.style.height = height + 'px'
    window.hear('size', { height })
  }
  bridge.onrequestdisplaymode = async ({ mode }) => (await window.hear('mode', { mode }), { mode })
  const ready = new Promise((resolve) => { bridge.oninitialized = resolve })
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow))
  frame.src = 'view.html'
  await ready
  await bridge.sendToolInput({ arguments: {} })
  if (result) await bridge.sendToolResult(result)
}
window.changeContext = (context) => bridge.sendHostContextChange(context)
`

export interface Chat extends AsyncDisposable {
  readonly watched: Watched
  readonly view: Frame
  /** Names of the tools that the view has called, in order. */
  readonly called: string[]
  /** What it has told, by kind. */
  readonly heard: { readonly kind: string; readonly params: Record<string, unknown> }[]
  changeContext(context: McpUiHostContext): Promise<void>
}

export async function openChat(
  browser: Browser,
  client: Client,
  context: McpUiHostContext,
  result: CallToolResult | null,
): Promise<Chat> {
  const { contents } = await client.readResource({ uri: VIEW_URI })
  const html = (contents[0] as { text: string }).text
  const bundled = await build({
    stdin: { contents: SCRIPT, resolveDir: import.meta.dirname },
    write: false,
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
  })
  const pages: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': [
      'text/html',
      '<!doctype html><title>host</title><link rel="icon" href="data:,"><body style="margin: 0"><script type="module" src="host.js"></script>',
    ],
    '/host.js': ['text/javascript', bundled.outputFiles[0]!.text],
    '/view.html': ['text/html', html],
  }
  const site = await openSite({
    folders: {},
    intercept(path, _request, response) {
      const found = pages[path]
      if (!found) return false
      if (path === '/view.html') response.setHeader('content-security-policy', POLICY)
      response.setHeader('content-type', `${found[0]}; charset=utf-8`)
      response.end(found[1])
      return true
    },
  })
  const colorScheme = context.theme ?? 'light'
  const watched = await openPage(browser, site.origin, { colorScheme, viewport: { width: 720, height: 560 } })
  const { page } = watched
  const called: string[] = []
  const heard: Chat['heard'] = []
  await page.exposeFunction('callTool', (request: Parameters<Client['callTool']>[0]) => {
    called.push(request.name)
    return client.callTool(request)
  })
  await page.exposeFunction('hear', (kind: string, params: Record<string, unknown>) => {
    heard.push({ kind, params })
  })
  const inPage = JSON.stringify({ context, result })
  await page.evaluate((json) => {
    const { context, result } = JSON.parse(json)
    return (window as unknown as HostWindow).showView(context, result)
  }, inPage)
  return {
    watched,
    view: page.frames().at(-1)!,
    called,
    heard,
    changeContext: (changed) =>
      page.evaluate(
        (json) => (window as unknown as HostWindow).changeContext(JSON.parse(json)),
        JSON.stringify(changed),
      ),
    async [Symbol.asyncDispose]() {
      await page.context().close()
      await site[Symbol.asyncDispose]()
    },
  }
}
