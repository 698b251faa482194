// One process alone may have a data folder open. A socket in the folder is the lock: it answers while its owner lives,
// and a dead one is seen by nobody answering, so that a killed server leaves no lock behind.

import { createHash } from 'node:crypto'
import { chmod, mkdir, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { KoutuError, makeFolder } from '@koutu/core'

/** Longer paths do not fit into a socket's address (108 bytes on Linux, 104 on macOS). */
const MAX_PATH_BYTES = 100

export function socketPath(folder: string): string {
  const path = join(resolve(folder), 'koutu.sock')
  const name = `koutu-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 24)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : join(tmpdir(), `${name}.sock`)
}

/**
 * Locks the folder until disposed of. `onConnection` speaks with whoever else wants something from the folder.
 * Errors: DATA_FOLDER_IN_USE, STORAGE_FAILED.
 */
export async function lockFolder(folder: string, onConnection: (socket: Socket) => void): Promise<AsyncDisposable> {
  await makeFolder(folder, { mkdir, stat, dirname }, 0o700).catch((error: NodeJS.ErrnoException) => {
    throw new KoutuError('STORAGE_FAILED', { detail: `${folder} cannot be made (${error.code})`, cause: error })
  })
  const path = socketPath(folder)
  const server = createServer(onConnection)
  if (!(await listens(server, path))) {
    if (await answers(path)) throw new KoutuError('DATA_FOLDER_IN_USE', { detail: 'another koutu process has it open' })
    await unlink(path).catch(() => {})
    if (!(await listens(server, path)))
      throw new KoutuError('DATA_FOLDER_IN_USE', { detail: 'another koutu process has just opened it' })
  }
  if (process.platform !== 'win32') await chmod(path, 0o600)
  server.unref()
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((done) => server.close(done))
    },
  }
}

/** A connection to the process that has the folder open; null when there is none. */
export async function connectToOwner(folder: string): Promise<Socket | null> {
  const socket = connect(socketPath(folder))
  return new Promise((done) => {
    socket.once('connect', () => done(socket))
    socket.once('error', () => done(null))
  })
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  const isAlive = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
  socket.destroy()
  return isAlive
}

async function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((done, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(false)
      else reject(new KoutuError('STORAGE_FAILED', { detail: error.code ?? 'the data folder', cause: error }))
    }
    server.once('error', onError)
    server.listen(path, () => {
      server.off('error', onError)
      done(true)
    })
  })
}
