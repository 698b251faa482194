// Runs programs of the Model Context Protocol: the conformance suite, the inspector, the bundler.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MCP_TOOLS } from '../../tools/mcp-tools.ts'

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
