// Programs of the Model Context Protocol, from a lockfile of their own: the conformance suite, the inspector, the bundler.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const MCP_TOOLS = join(import.meta.dirname, '../../tools/mcp')
const run = promisify(execFile)

/** Needs the npm registry where they are not there yet. */
export async function installMcpTools(): Promise<void> {
  const read = (path: string) => readFile(join(MCP_TOOLS, path), 'utf8').catch(() => '')
  const [wanted, present] = await Promise.all([read('package-lock.json'), read('node_modules/.package-lock.json')])
  const versionOf = (lock: string) =>
    JSON.parse(lock || '{}').packages?.['node_modules/@modelcontextprotocol/inspector']?.version
  if (versionOf(wanted) !== versionOf(present)) await run('npm', ['ci'], { cwd: MCP_TOOLS })
}

const binary = (name: string) => join(MCP_TOOLS, 'node_modules/.bin', name)

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** With a home of its own, since programs like to write there. */
export async function runMcpTool(
  name: 'conformance' | 'mcp-inspector' | 'mcpb',
  args: readonly string[],
): Promise<Ran> {
  const home = await mkdtemp(join(tmpdir(), 'koutu-home-'))
  try {
    const options = {
      env: { ...process.env, HOME: home, MCP_INSPECTOR_SECRET_STORE: 'memory' },
      maxBuffer: 64 * 2 ** 20,
    }
    return await new Promise((resolve) => {
      execFile(process.execPath, [binary(name), ...args], options, (error, stdout, stderr) => {
        resolve({ exitCode: error ? Number(error.code ?? -1) : 0, stdout, stderr })
      })
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
