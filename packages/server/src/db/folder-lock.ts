// One process alone may have a data folder open. Its locks end with it, so that a killed server leaves none behind: a lock that
// the kernel holds (on Linux a name, on macOS and the BSDs one of the folder), and everywhere a socket in the folder, which
// answers while its owner runs; on Windows that is a pipe, which cannot be deleted.

import { createHash } from 'node:crypto'
import { chmod, mkdir, open, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { KoutuError, makeFolder } from '@koutu/core'

/** Longer paths do not fit into a socket's address (108 bytes on Linux, 104 on macOS). */
const MAX_PATH_BYTES = 100
const RESTORE_INTERVAL_MS = 2_000

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
  await using opened = new AsyncDisposableStack()
  if (process.platform === 'linux') opened.use(await holdName(folder))
  else if (EXCLUSIVE_FLAG) opened.use(await holdFolder(folder))
  const path = socketPath(folder)
  const server = createServer(onConnection)
  if (!(await listens(server, path))) {
    if (await answers(path)) throw inUse()
    await unlink(path).catch(() => {})
    if (!(await listens(server, path))) throw inUse()
  }
  server.unref()
  let current = server
  opened.defer(() => closed(current))
  if (process.platform !== 'win32') {
    await chmod(path, 0o600)
    // Somebody may clean the folder up: then the lock and the way to the server are there again soon.
    const restore = async () => {
      if (await stat(path).then(isTrue, isFalse)) return
      // Closing deletes the file of that name, so it goes first.
      current.close()
      current = createServer(onConnection).unref()
      if (await listens(current, path).catch(isFalse)) await chmod(path, 0o600)
    }
    const timer = setInterval(() => void restore(), RESTORE_INTERVAL_MS).unref()
    opened.defer(() => clearInterval(timer))
  }
  const owned = opened.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/**
 * A name in Linux' abstract namespace, of the folder's device and inode: no file that could be deleted, and the kernel drops it
 * with its process. Containers with a network of their own have names of their own; between them the socket in the folder
 * decides.
 */
async function holdName(folder: string): Promise<AsyncDisposable> {
  const { dev, ino } = await stat(folder, { bigint: true })
  // Anyone on this machine may connect to it; it reveals nothing.
  const server = createServer((socket) => socket.destroy())
  if (!(await listens(server, `\0koutu-${dev}-${ino}`))) throw inUse()
  server.unref()
  return { [Symbol.asyncDispose]: () => closed(server) }
}

/** O_EXLOCK, which macOS and the BSDs have and Node does not name; with O_NONBLOCK, who finds it held is not kept waiting. */
const EXCLUSIVE_FLAG = /darwin|bsd/.test(process.platform) ? 0x20 | 0x4 : 0

/** The folder itself, opened with an exclusive lock of the kernel's: it ends with the process, and no file could be deleted. */
async function holdFolder(folder: string, openFolder: typeof open = open): Promise<AsyncDisposable> {
  try {
    const handle = await openFolder(folder, EXCLUSIVE_FLAG)
    return { [Symbol.asyncDispose]: () => handle.close() }
  } catch (error) {
    // EWOULDBLOCK. A file system without such locks leaves the decision to the socket.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') throw inUse()
    return { async [Symbol.asyncDispose]() {} }
  }
}

function inUse(): KoutuError {
  return new KoutuError('DATA_FOLDER_IN_USE', { detail: 'another koutu process is using it' })
}

const isTrue = () => true
const isFalse = () => false

async function closed(server: Server): Promise<void> {
  await new Promise((done) => server.close(done))
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
