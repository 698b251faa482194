// A PostgreSQL of our own for tests and benches: fresh, in a temporary folder, on a free port, and gone afterwards.
// The program comes from the system (Debian: postgresql). It refuses to run as root, so root starts it as `postgres`.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export interface Postgres {
  readonly pid: number
  /** A fresh database in it. */
  database(name: string): string
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 60_000

export interface PostgresOptions {
  /** Whether commits wait for the disk, as in real life. */
  readonly isDurable: boolean
  /** Whether it keeps count of statements (pg_stat_statements). */
  readonly isCounting?: boolean
  /** Default 300. */
  readonly maxConnections?: number
}

/** Throws where PostgreSQL is not installed. */
export async function startPostgres({
  isDurable,
  isCounting = false,
  maxConnections = 300,
}: PostgresOptions): Promise<Postgres> {
  const bin = binFolder()
  const user = process.getuid?.() === 0 ? systemUser('postgres') : null
  const folder = mkdtempSync(join(tmpdir(), 'koutu-postgres-'))
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'koutu', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'], {
    ...options,
    stdio: 'pipe',
  })
  const port = await freePort()
  const settings = [
    `max_connections=${maxConnections}`,
    `fsync=${isDurable ? 'on' : 'off'}`,
    'listen_addresses=127.0.0.1',
    ...(isCounting ? ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track_planning=on'] : []),
  ]
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, ...settings.flatMap((one) => ['-c', one])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await ready(server)
  const psql = (sql: string) =>
    execFileSync(
      join(bin, 'psql'),
      ['-h', '127.0.0.1', '-p', String(port), '-U', 'koutu', '-d', 'postgres', '-c', sql],
      {
        stdio: 'pipe',
      },
    )
  return {
    pid: server.pid!,
    database(name) {
      psql(`create database ${name}`)
      return `postgres://koutu@127.0.0.1:${port}/${name}`
    },
    async stop() {
      server.kill('SIGQUIT')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function binFolder(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const found = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ].find((folder) => existsSync(join(folder, 'initdb')))
  if (!found) throw new Error('expected PostgreSQL (Debian: apt-get install postgresql)')
  return found
}

function systemUser(name: string): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`))
  if (!line) throw new Error(`expected a user ${name}, which the package postgresql makes`)
  const [, , uid, gid] = line.split(':').map(Number)
  return { uid: uid!, gid: gid! }
}

async function ready(server: ChildProcess): Promise<void> {
  let log = ''
  const timeout = setTimeout(() => server.kill('SIGKILL'), START_TIMEOUT_MS)
  for await (const chunk of server.stderr!) {
    log += chunk
    if (log.includes('ready to accept connections')) {
      clearTimeout(timeout)
      // Read on, so that its log never fills the pipe.
      server.stderr!.resume()
      return
    }
  }
  clearTimeout(timeout)
  throw new Error(`PostgreSQL did not start: ${log}`)
}
