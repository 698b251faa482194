// Clients of the Dreamina protocol that know nothing of koutu, against `koutu serve` with the real network: a script of
// Python's standard library, a shell script around curl, and koutu's own command. Only the address and the session change.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runNode } from '@koutu/testing'
import { removeBackground } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const COMMAND = join(root, 'packages/koutu/bin/koutu.js')
const EXAMPLE = join(root, 'examples/photo.jpg')

/** The server has removed specks and closed pinholes already: once more would be another image. */
const RAW = ['--speck-area', '0', '--keep-holes']

let folder: string
let session: string
let expected: Buffer

async function serve(...flags: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
  const args = [COMMAND, 'serve', '--port', '0', '--data', folder, '--require-keys', '--log-level', 'warn', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const url = /Listening on (\S+)/.exec(line)?.[1]
    if (url) return { url: url.replace('127.0.0.1', 'localhost'), child }
  }
  throw new Error('the server ended before it listened')
}

async function run(program: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(program, args, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  const [code] = await once(child, 'close')
  return { code, output }
}

const pixels = (picture: string | Uint8Array) => sharp(picture).ensureAlpha().raw().toBuffer()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-dreamina-clients-'))
  const created = await runNode([COMMAND, 'keys', 'create', 'client', '--data', folder])
  session = /koutu_[0-9a-f]{12}_[\w-]{43}/.exec(created.stdout.toString())![0]
  expected = await pixels(await (await removeBackground(EXAMPLE)).image.bytes())
})
afterAll(() => rm(folder, { recursive: true }))

describe.each([
  ['TLS with a certificate of its own', ['--tls', 'self-signed']],
  ['plain HTTP, with every sign checked', ['--dreamina-strict-sign']],
])('over %s', (_, flags) => {
  let url: string
  let child: ChildProcess
  beforeAll(async () => {
    ;({ url, child } = await serve(...flags))
  })
  afterAll(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
  })

  const environment = (sessionId = session) => ({
    DREAMINA_API: url,
    DREAMINA_SESSIONID: sessionId,
    SSL_CERT_FILE: join(folder, 'tls/certificate.pem'),
    CURL_CA_BUNDLE: join(folder, 'tls/certificate.pem'),
  })

  it('the Python script makes the image that the library makes', async () => {
    const script = join(root, 'examples/dreamina/cutout.py')
    const { code, output } = await run('python3', [script, EXAMPLE, 'python.png'], environment())
    expect(output).toMatch(/^tos-cn-i-\w+\/[0-9a-f]{32} -> python\.png\n$/)
    expect(code).toBe(0)
    expect((await pixels(join(folder, 'python.png'))).equals(expected)).toBe(true)
    const refused = await run('python3', [script, EXAMPLE, 'no.png'], environment('somebody-else'))
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('ret 1015 login error')])
  })

  // It sends no sign.
  if (!flags.includes('--dreamina-strict-sign')) {
    it('curl does, too', async () => {
      const script = join(root, 'examples/dreamina/curl.sh')
      const { code, output } = await run('sh', [script, EXAMPLE, 'curl.png'], environment())
      expect(output).toContain('-> curl.png')
      expect(code).toBe(0)
      expect((await pixels(join(folder, 'curl.png'))).equals(expected)).toBe(true)
    })
  }

  it("koutu's own Dreamina engine does, too", async () => {
    const env = {
      PATH: process.env.PATH,
      HOME: join(folder, url.split(':').at(-1)!),
      KOUTU_DREAMINA_API: url,
      DREAMINA_SESSIONID: session,
      NODE_EXTRA_CA_CERTS: join(folder, 'tls/certificate.pem'),
    }
    const out = join(folder, 'koutu.png')
    const { code, stderr } = await runNode(
      [COMMAND, '--engine', 'dreamina', EXAMPLE, '-o', out, '--overwrite', ...RAW],
      {
        env,
      },
    )
    expect(code, stderr).toBe(0)
    expect((await pixels(out)).equals(expected)).toBe(true)
  })
})

it('the scripts hold no other address than the service’s own', async () => {
  for (const name of ['cutout.py', 'curl.sh']) {
    const text = await readFile(join(root, 'examples/dreamina', name), 'utf8')
    const code = text.replace(/"""[\s\S]*?"""|^#.*$/gm, '')
    expect([...code.matchAll(/https?:\/\/[\w.-]+/g)].every(([url]) => url === 'https://jimeng.jianying.com')).toBe(true)
    expect(code).not.toContain('koutu')
  }
})
