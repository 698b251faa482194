// What editors show of an option: asked from TypeScript's own language server, over the Language Server Protocol.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeOptions } from '@koutu/core'
import { expect, it } from 'vitest'
import { Options } from '../packages/koutu/src/options.ts'

const root = join(import.meta.dirname, '..')
const descriptors = describeOptions(Options)

/** A program that has each option on a line of its own, from the second line on. */
const PROGRAM = [
  "import { removeBackground } from './index.ts'; removeBackground('x', {",
  ...descriptors.map(({ key }) => `${key}: undefined as never,`),
  '})',
].join('\n')

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly items?: readonly unknown[] }
  readonly result?: unknown
}

function startServer() {
  const server = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const waiting = new Map<number, (result: unknown) => void>()
  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const receive = ({ id, method, params, result }: Message) => {
    // The server asks for settings: it gets none.
    if (method !== undefined && id !== undefined) send({ id, result: params?.items?.map(() => null) ?? null })
    else if (id !== undefined) waiting.get(id)?.(result)
  }
  let unread = Buffer.alloc(0)
  server.stdout.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    for (;;) {
      const head = unread.indexOf('\r\n\r\n')
      const length = Number(/Content-Length: (\d+)/i.exec(unread.toString('latin1', 0, Math.max(0, head)))?.[1])
      if (head < 0 || unread.length < head + 4 + length) return
      const body = unread.toString('utf8', head + 4, head + 4 + length)
      unread = unread.subarray(head + 4 + length)
      receive(JSON.parse(body) as Message)
    }
  })
  let id = 0
  return {
    notify: (method: string, params: object) => send({ method, params }),
    request: (method: string, params: object) =>
      new Promise<unknown>((resolve) => {
        waiting.set(++id, resolve)
        send({ id, method, params })
      }),
    [Symbol.dispose]: () => void server.kill(),
  }
}

it('the help of every option, and its default', async () => {
  using server = startServer()
  const capabilities = { textDocument: { hover: { contentFormat: ['markdown'] } } }
  await server.request('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities })
  server.notify('initialized', {})
  const uri = pathToFileURL(join(root, 'packages/koutu/src/program.ts')).href
  const textDocument = { uri, languageId: 'typescript', version: 1, text: PROGRAM }
  server.notify('textDocument/didOpen', { textDocument })
  for (const [i, { key, info, defaultText }] of descriptors.entries()) {
    const position = { line: i + 1, character: 1 }
    const hover = (await server.request('textDocument/hover', { textDocument: { uri }, position })) as {
      readonly contents: { readonly value: string }
    } | null
    const shown = hover?.contents.value.replaceAll('\n', ' ') ?? ''
    expect(shown, key).toContain(info.help)
    if (defaultText !== null) expect(shown, key).toContain(defaultText)
  }
}, 60_000)

it('is in the types that are published', () => {
  const types = readFileSync(join(root, 'packages/koutu/dist/options-type.d.ts'), 'utf8').replace(/\n *\* */g, ' ')
  for (const { key, info } of descriptors) expect(types, key).toContain(info.help)
})
