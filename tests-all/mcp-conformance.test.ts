// The protocol's own judges: its conformance suite against `koutu serve` and the tools of `koutu mcp`, in both eras, and its
// inspector from the command line, over both transports.

import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeCutter } from '../packages/mcp/src/cutter.fixture.ts'
import { createMcpFactory, createMcpHandler } from '../packages/mcp/src/index.ts'
import { installMcpTools } from '../tools/mcp-tools.ts'
import { type Studio, startStudio } from './browser/studio.ts'
import { runMcpTool } from './services/mcp-tools.ts'

const BIN = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')
const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')

let folder = ''
let server: Studio
let local: { readonly url: string; close(): void }
beforeAll(async () => {
  await installMcpTools()
  folder = await mkdtemp(join(tmpdir(), 'koutu-conformance-'))
  await copyFile(EXAMPLE, join(folder, 'photo.jpg'))
  const koutu = { command: process.execPath, args: [BIN, 'mcp', '--allow', folder] }
  await writeFile(join(folder, 'host.json'), JSON.stringify({ mcpServers: { koutu } }))
  server = await startStudio(join(folder, 'data'))
  local = await serveLocalTools(folder)
})
afterAll(async () => {
  local?.close()
  await server?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
}

interface Verdict {
  readonly passed: number
  /** Ids of checks that failed or warned. */
  readonly refused: readonly string[]
}

async function judge(url: string, scenario: string, version: string | null): Promise<Verdict> {
  const output = await mkdtemp(join(folder, 'results-'))
  const args = ['server', '--url', url, '--scenario', scenario, '-o', output, '--timeout', '60000']
  await runMcpTool('conformance', version ? [...args, '--spec-version', version] : args)
  const files = await readdir(output, { recursive: true })
  const found = files.find((file) => file.endsWith('checks.json'))
  if (!found) throw new Error(`the suite wrote no checks for ${scenario}`)
  const checks = JSON.parse(await readFile(join(output, found), 'utf8')) as Check[]
  const of = (...statuses: Check['status'][]) => checks.filter(({ status }) => statuses.includes(status))
  return { passed: of('SUCCESS').length, refused: of('FAILURE', 'WARNING').map(({ id }) => id) }
}

/** The rest of the suite calls tools and prompts of a test server by name, such as `test_simple_text`. */
const OLD = ['server-initialize', 'ping', 'tools-list', 'resources-list', 'dns-rebinding-protection']
const NEW = [
  'server-stateless',
  'tools-list',
  'resources-list',
  'server-sse-multiple-streams',
  'sep-2164-resource-not-found',
  'dns-rebinding-protection',
  'caching',
  'http-header-validation',
  'input-required-result-unsupported-methods',
  'input-required-result-validate-input',
]
const SKILLS = ['sep-2640-skills-directory', 'sep-2640-skills-enumeration', 'sep-2640-skills-manifest']

/** Checks that such a tool would have to be there for; koutu has no prompts either. */
const NOT_TESTABLE: Readonly<Record<string, readonly string[]>> = {
  'server-stateless': [
    'sep-2575-server-rejects-undeclared-capability',
    'sep-2575-missing-capability-http-400',
    'sep-2575-http-server-no-independent-requests-on-stream',
    'sep-2575-server-no-log-without-loglevel',
  ],
  caching: ['sep-2549-prompts-list-caching-hints'],
}

describe('the conformance suite, against koutu serve', () => {
  it.each([
    ...OLD.map((scenario) => [scenario, '2025-11-25'] as const),
    ...NEW.map((scenario) => [scenario, '2026-07-28'] as const),
    ...SKILLS.map((scenario) => [scenario, null] as const),
  ])('%s, %s', async (scenario, version) => {
    const { passed, refused } = await judge(`${server.url}mcp`, scenario, version)
    expect(refused).toEqual(NOT_TESTABLE[scenario] ?? [])
    expect(passed).toBeGreaterThan(0)
  })
})

describe('the conformance suite, against the tools of koutu mcp', () => {
  it.each([
    ['tools-list', '2025-11-25'],
    ['resources-list', '2025-11-25'],
    ['tools-list', '2026-07-28'],
    ['resources-list', '2026-07-28'],
    ['sep-2640-skills-enumeration', null],
  ] as const)('%s, %s', async (scenario, version) => {
    const { passed, refused } = await judge(local.url, scenario, version)
    expect(refused).toEqual([])
    expect(passed).toBeGreaterThan(0)
  })
})

describe('the inspector', () => {
  const stdio = () => ['--config', join(folder, 'host.json'), '--server', 'koutu']
  const http = () => [`${server.url}mcp`, '--transport', 'http']
  const inspect = async (...args: string[]) => {
    const ran = await runMcpTool('mcp-inspector', ['--cli', ...args])
    expect(ran.exitCode, ran.stderr).toBe(0)
    return ran
  }

  it.each([
    ['stdio', stdio, 7],
    ['HTTP', http, 5],
  ] as const)('finds no fault in the schemas of the tools, %s', async (_name, target, count) => {
    const { stdout, stderr } = await inspect(...target(), '--method', 'tools/list', '--strict')
    expect(JSON.parse(stdout).tools).toHaveLength(count)
    expect(stderr).toMatch(/^0 errors\b/m)
  })

  it('calls a tool, over stdio and HTTP', async () => {
    const call = ['--method', 'tools/call', '--tool-name']
    const image = `input=${join(folder, 'photo.jpg')}`
    const { stdout } = await inspect(...stdio(), ...call, 'remove_background', '--tool-arg', image)
    expect(JSON.parse(stdout).structuredContent).toMatchObject({ output: join(folder, 'photo.cutout.png') })
    const listed = await inspect(...http(), ...call, 'list_models')
    expect(JSON.parse(listed.stdout).structuredContent.models.length).toBeGreaterThan(1)
  })

  it('verifies the skills and their digests', async () => {
    const { stderr } = await inspect(...stdio(), '--method', 'skills/list', '--verify')
    expect(stderr).toMatch(/Verified 2 skills and 4 files: no conformance errors/)
  })

  it('finds the view, where the host shows views', async () => {
    const { stdout } = await inspect(...stdio(), '--advertise-apps', '--method', 'tools/list', '--app-info')
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.filter(({ hasApp }) => hasApp).map(({ toolName }) => toolName)).toEqual([
      'remove_background',
      'refine_cutout',
      'compose',
      'ask_for_image',
    ])
    expect(lines[0]).toMatchObject({ resourceUri: 'ui://koutu/cutout.html', csp: {} })
  })
})

/** What `koutu mcp` offers, over HTTP, since the suite speaks nothing else. */
async function serveLocalTools(allowed: string) {
  const handler = createMcpHandler(createMcpFactory(createFakeCutter(), { version: '1.2.3', allowed: [allowed] }))
  const http = createServer(async (request, response) => {
    const body = request.method === 'POST' ? { body: await text(request) } : {}
    const url = `http://${request.headers.host}${request.url}`
    const init = { method: request.method!, headers: request.headers as Record<string, string>, ...body }
    const answer = await handler.fetch(new Request(url, init))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    for await (const chunk of answer.body ?? []) response.write(chunk)
    response.end()
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close() {
      http.closeAllConnections()
      http.close()
    },
  }
}
