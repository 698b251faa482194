// `koutu serve` and `koutu worker` as two machines would run them: PostgreSQL and S3 between them, and the real network.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeBackground } from 'koutu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './services/free-port.ts'
import { type Postgres, startPostgres } from './services/postgres.ts'
import { type S3Server, startS3 } from './services/s3.ts'

const BIN = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')
const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')

describe('a server and a worker that share a database and a store', () => {
  let postgres: Postgres
  let s3: S3Server
  let folder = ''
  const programs: ChildProcess[] = []
  beforeAll(async () => {
    ;[postgres, s3] = await Promise.all([startPostgres({ isDurable: false }), startS3()])
    folder = await mkdtemp(join(tmpdir(), 'koutu-cluster-'))
  })
  afterAll(async () => {
    for (const program of programs) program.kill('SIGKILL')
    await Promise.all([postgres.stop(), s3.stop()])
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (line: RegExp, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    programs.push(child)
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        text += chunk
        if (line.test(text)) resolve()
      })
      child.on('exit', () => reject(new Error(`it ended: ${text}`)))
    })
    return child
  }

  it('give the image that the library gives, and stop in good order', async () => {
    const port = await freePort()
    const env = {
      ...process.env,
      ...s3.env,
      KOUTU_DATABASE_URL: postgres.database('cluster'),
      KOUTU_STORAGE: `s3://${s3.bucket}/koutu?endpoint=${s3.endpoint}`,
    }
    const quiet = ['--log-level', 'error']
    const server = await start(
      /Listening on/,
      ['serve', '--port', String(port), '--data', folder, '--jobs', '0', ...quiet],
      env,
    )
    const worker = await start(/Waiting for jobs/, ['worker', ...quiet], env)
    const photo = await readFile(EXAMPLE)
    const response = await fetch(`http://127.0.0.1:${port}/v1/cutouts?crop=true`, {
      method: 'POST',
      body: photo,
      headers: { 'content-type': 'image/jpeg' },
    })
    expect(response.status).toBe(200)
    const { image } = await removeBackground(photo, { crop: true })
    expect(Buffer.from(await response.arrayBuffer()).equals(await image.bytes())).toBe(true)
    for (const program of [worker, server]) {
      const ended = once(program, 'exit')
      program.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
    }
  })
})
