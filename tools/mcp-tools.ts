// Programs of the Model Context Protocol, from a lockfile of their own: the conformance suite, the inspector, the bundler.

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const MCP_TOOLS = join(import.meta.dirname, 'mcp')

/** Needs the npm registry where they are not there yet. */
export async function installMcpTools(): Promise<void> {
  const read = (path: string) => readFile(join(MCP_TOOLS, path), 'utf8').catch(() => '')
  const [wanted, present] = await Promise.all([read('package-lock.json'), read('node_modules/.package-lock.json')])
  const versionOf = (lock: string) =>
    JSON.parse(lock || '{}').packages?.['node_modules/@modelcontextprotocol/inspector']?.version
  if (versionOf(wanted) !== versionOf(present)) await promisify(execFile)('npm', ['ci'], { cwd: MCP_TOOLS })
}
