// `koutu mcp`: tools for assistants over stdin and stdout.

import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { createMcpFactory, serveStdio } from '@koutu/mcp'
import { createCutter } from '../mcp/cutter.ts'
import type { Host } from '../mcp/hosts.ts'
import { installInHost } from '../mcp/install.ts'
import { createRemover, type Remover } from '../remover.ts'
import type { Environment } from './environment.ts'

export interface McpOptions {
  readonly allow: readonly string[]
  readonly offline: boolean
  readonly install?: Host | undefined
  readonly print: boolean
}

/** Resolves with the exit code once the client has gone or a signal has come. */
export async function runMcp(options: McpOptions, env: Environment): Promise<number> {
  const allowed = allowedFolders(options.allow)
  if (options.install !== undefined || options.print) return installInHost({ ...options, allow: allowed }, env)
  if (allowed.length === 0) {
    env.stderr.write('koutu: no folder is allowed, so tools can read and write no files; name one with --allow DIR\n')
  }
  const remover: { current?: Promise<Remover> } = {}
  const cutter = createCutter(() => {
    remover.current ??= createRemover()
    return remover.current
  }, options)
  const factory = createMcpFactory(cutter, { version: env.version, allowed })
  const server = serveStdio(factory, (line) => env.stderr.write(`koutu: ${line}\n`))
  // In the background: the first call finds it loaded, and what fails here fails there with its reason.
  cutter.warm().catch(() => {})
  env.signal.addEventListener('abort', () => void server.close(), { once: true })
  if (env.signal.aborted) await server.close()
  await server.closed
  await (await remover.current)?.[Symbol.asyncDispose]()
  return 0
}

/** Of the options, else of KOUTU_MCP_ALLOW: a list as in PATH. Absolute, since hosts start programs anywhere. */
function allowedFolders(allow: readonly string[]): readonly string[] {
  const named = allow.length > 0 ? allow : (process.env.KOUTU_MCP_ALLOW ?? '').split(delimiter)
  // Of a configuration, where no shell has read the tilde.
  const fromHome = (path: string) => (/^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : path)
  return named.filter((path) => path !== '').map((path) => resolve(fromHome(path)))
}
