// An S3 server of our own for tests: s3rver in a process of its own, on a free port. It verifies signatures.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from './free-port.ts'

export interface S3Server {
  readonly endpoint: string
  readonly bucket: string
  /** What a client needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Kills it; its objects stay. */
  kill(): Promise<void>
  /** Starts it again at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const BUCKET = 'pictures'

export async function startS3(): Promise<S3Server> {
  const program = join(dirname(createRequire(import.meta.url).resolve('s3rver/package.json')), 'bin/s3rver.js')
  const folder = mkdtempSync(join(tmpdir(), 'koutu-s3-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const start = async (): Promise<ChildProcess> => {
    const started = spawn(
      process.execPath,
      [program, '-d', folder, '-a', '127.0.0.1', '-p', String(port), '--configure-bucket', BUCKET],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    await answers(endpoint, started)
    return started
  }
  let server = await start()
  const kill = async () => {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
  return {
    endpoint,
    bucket: BUCKET,
    // The pair that s3rver knows.
    env: { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_REGION: 'us-east-1' },
    kill,
    async restart() {
      server = await start()
    },
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(endpoint: string, server: ChildProcess): Promise<void> {
  let log = ''
  server.stderr!.on('data', (chunk) => {
    log += chunk
  })
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    if (await fetch(endpoint).then(isThere, isNotThere)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the S3 server did not start: ${log}`)
}

const isThere = () => true
const isNotThere = () => false
