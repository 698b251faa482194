// `koutu mcp` as a host starts it: the built command, the real network, the official client over stdio.

import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { removeBackground } from 'koutu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')
const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-mcp-'))
  await copyFile(EXAMPLE, join(folder, 'photo.jpg'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(mode: 'legacy' | 'auto') {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [BIN, 'mcp', '--allow', folder],
    stderr: 'inherit',
  })
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } })
  await client.connect(transport)
  return { client, pid: transport.pid! }
}

/** Processes that a process has started, and theirs. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    pairs.filter(([, of]) => of === parent).flatMap(([child]) => [child!, ...below(child!)])
  return below(pid)
}

describe.each([
  ['2025-11-25', 'legacy'],
  ['2026-07-28', 'auto'],
] as const)('koutu mcp, protocol %s', (version, mode) => {
  it('cuts out, refines and inspects as the library does', async () => {
    const { client } = await start(mode)
    expect(client.getNegotiatedProtocolVersion()).toBe(version)
    const output = join(folder, `${mode}.png`)
    const result = await client.callTool({
      name: 'remove_background',
      arguments: { input: join(folder, 'photo.jpg'), output, preview: 'small' },
    })
    const { image, report } = await removeBackground(EXAMPLE)
    const { handle, report: told } = result.structuredContent as { handle: string; report: { coverage: number } }
    expect(told.coverage).toBe(report.coverage)
    // The file bears a record beside the same pixels.
    const written = await readFile(output)
    expect(written.length).toBeGreaterThan((await image.bytes()).length)
    expect(written.subarray(0, 1000)).toEqual(Buffer.from(await image.bytes()).subarray(0, 1000))
    const preview = result.content.find(({ type }) => type === 'image') as { data: string }
    expect(Buffer.from(preview.data, 'base64').subarray(0, 3).toString('hex')).toBe('ffd8ff')

    const erased = await client.callTool({
      name: 'refine_cutout',
      arguments: { handle, erase: [{ box: [300, 50, 700, 800] }] },
    })
    const after = erased.structuredContent as {
      output: string
      report: { coverage: number; timingsMs: Record<string, number> }
    }
    expect(after.output).toBe(join(folder, `${mode}-2.png`))
    expect(after.report.coverage).toBeLessThan(0.3 * report.coverage)
    expect(after.report.timingsMs.infer).toBeUndefined()
    await client.close()
  })
})

describe('koutu mcp', () => {
  it('asks no private address for an image, whatever its spelling', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url!)
      response.end('secret')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { client } = await start('auto')
    const refuse = async (name: string, args: Record<string, unknown>) => {
      const { isError, content } = await client.callTool({ name, arguments: args })
      expect(isError).toBe(true)
      expect(content[0]).toMatchObject({ text: expect.stringMatching(/^URL_REFUSED: (?!.*hidden)/) })
    }
    const output = join(folder, 'url.png')
    const urlAt = (host: string) => `http://${host}:${port}/x.png?key=hidden`
    for (const host of [
      '127.0.0.1',
      'localhost',
      '0x7f000001',
      '2130706433',
      '[::ffff:127.0.0.1]',
      '[::1]',
      'a:b@127.1',
    ])
      await refuse('remove_background', { input: urlAt(host), output })
    await refuse('compose', { input: join(folder, 'photo.jpg'), background: urlAt('127.0.0.1'), output })
    expect(asked).toEqual([])
    expect(await readdir(folder)).not.toContain('url.png')
    await client.close()
    server.close()
  })

  it('leaves neither process nor file behind when a call is canceled and the client goes', async () => {
    const { client, pid } = await start('legacy')
    const stop = new AbortController()
    let started = [pid]
    const going = client.callTool(
      { name: 'remove_background', arguments: { input: join(folder, 'photo.jpg'), output: join(folder, 'gone.png') } },
      {
        signal: stop.signal,
        onprogress: ({ message }) => {
          if (message !== 'Finding the subject' || stop.signal.aborted) return
          started = [pid, ...childrenOf(pid)]
          stop.abort()
        },
      },
    )
    await expect(going).rejects.toThrow()
    expect(started.length).toBeGreaterThan(1)
    await client.close()
    const alive = () => started.filter((child) => spawnSync('kill', ['-0', String(child)]).status === 0)
    await expect.poll(alive, { timeout: 20_000 }).toEqual([])
    expect(await readdir(folder)).not.toContain('gone.png')
  })
})
