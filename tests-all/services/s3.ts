// An S3 server of our own for tests: versitygw, a gateway to a folder, in a process of its own on a free port. It is built once by
// Go into the temporary folder.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { goProgram } from './go.ts'

const VERSION = 'v1.8.0'
const BUCKET = 'pictures'
const KEYS = { AWS_ACCESS_KEY_ID: 'koutu', AWS_SECRET_ACCESS_KEY: 'koutu-secret', AWS_REGION: 'us-east-1' }
const START_TIMEOUT_MS = 60_000

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

/** `folder` is where objects are kept; by default a new one. Throws where Go is not installed. */
export async function startS3(folder = mkdtempSync(join(tmpdir(), 'koutu-s3-'))): Promise<S3Server> {
  const program = await goProgram(`github.com/versity/versitygw/cmd/versitygw@${VERSION}`)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const [objects, metadata] = [join(folder, 'objects'), join(folder, 'metadata')]
  for (const each of [join(objects, BUCKET), metadata]) mkdirSync(each, { recursive: true })
  const start = async (): Promise<ChildProcess> => {
    const flags = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', metadata, objects]
    const started = spawn(program, flags, {
      env: {
        PATH: process.env.PATH,
        ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
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
    env: KEYS,
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
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline && server.exitCode === null) {
    if (await fetch(endpoint).then(isThere, isNotThere)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the S3 server did not start: ${log}`)
}

const isThere = () => true
const isNotThere = () => false
