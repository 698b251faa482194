// The socket on which an inference process waits for the next command: where it lies, and what goes through it. Its folder and
// itself can be entered by this user alone. Each message is its length in 4 bytes and the message, by structured clone.

import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { availableParallelism, getPriority, tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { privateFolder } from '../models/cache-dir.ts'
import { INFERENCE_ENTRY } from './inference-link.ts'

/** What a process says of itself to whoever connects, before anything else. */
export interface WarmFacts {
  readonly pid: number
  /** The network it holds; null before the first. */
  readonly model: string | null
  readonly precision: string | null
  readonly memoryBytes: number
  /** Milliseconds until it ends by itself; null while it serves a command. */
  readonly leftMs: number | null
}

/** Asks for the process, and the answer where nobody else has it. Calls follow. */
export const TAKE = 'take'
export const TAKEN = 'taken'

/** For how long a process waits, and where. */
export interface Stay {
  readonly socketPath: string
  readonly idleMs: number
}

/** A path of a Unix socket has 108 bytes on Linux and 104 on macOS, with a zero at its end. */
const MAX_PATH_BYTES = 103
const EXTENSION = '.sock'

/** Folders that may hold sockets: in the cache, and where that one's path is too long or cannot be written, in those of the system. */
export function warmFolders(cacheDir: string): readonly string[] {
  const { XDG_RUNTIME_DIR: runtime = '' } = process.env
  return [
    join(cacheDir, 'warm'),
    ...(isAbsolute(runtime) ? [join(runtime, 'koutu')] : []),
    join(tmpdir(), `koutu-warm-${process.getuid?.()}`),
  ]
}

/**
 * The socket of processes that can stand in for one that this command would start. Null where there can be none: on Windows,
 * whose pipes have no owner that could be checked, and where no folder is this user's alone.
 */
export function warmSocketPath(cacheDir: string): string | null {
  if (process.platform === 'win32') return null
  const name = `${circumstances(cacheDir)}${EXTENSION}`
  const paths = warmFolders(cacheDir).map((folder) => join(folder, name))
  const fits = (path: string) => Buffer.byteLength(path) <= MAX_PATH_BYTES && privateFolder(dirname(path)) !== null
  return paths.find(fits) ?? null
}

/** All that one inference process may have in common with another only by chance: code, runtime, cache, processors, container. */
function circumstances(cacheDir: string): string {
  const code = statSync(INFERENCE_ENTRY)
  const facts = [
    INFERENCE_ENTRY,
    code.size,
    code.mtimeMs,
    process.execPath,
    process.version,
    process.env.KOUTU_RUNTIME ?? null,
    cacheDir,
    availableParallelism(),
    getPriority(),
    ...['pid', 'mnt'].map(namespace),
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16)
}

/** Containers that share a cache folder share no processes. Linux; null elsewhere. */
function namespace(kind: string): string | null {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`)
  } catch {
    return null
  }
}

/** Whether there is a socket that only this user may have made and may use. It may be one that nobody listens on any more. */
export function isOwnSocket(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false })
  return status?.isSocket() === true && status.uid === process.getuid?.() && (status.mode & 0o077) === 0
}

/** Paths of the sockets in a folder, which may be missing. */
export function socketsIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(EXTENSION))
    return names.map((name) => join(folder, name))
  } catch {
    return []
  }
}

const LENGTH_BYTES = 4

export function sendMessage(socket: Socket, message: unknown): void {
  const body = serialize(message)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(body.length)
  socket.cork()
  socket.write(length)
  socket.write(body)
  socket.uncork()
}

/** Calls `receive` with each whole message. What is no message ends the connection. */
export function receiveMessages(socket: Socket, receive: (message: unknown) => void): void {
  let chunks: Buffer[] = []
  let bytes = 0
  /** Of the message that is arriving; null while its length is. */
  let length: number | null = null
  const take = (count: number): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    chunks = [all.subarray(count)]
    bytes -= count
    return all.subarray(0, count)
  }
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    for (;;) {
      if (bytes < (length ?? LENGTH_BYTES)) return
      if (length === null) {
        length = take(LENGTH_BYTES).readUInt32LE()
        continue
      }
      const body = take(length)
      length = null
      try {
        receive(deserialize(body))
      } catch {
        socket.destroy()
        return
      }
    }
  })
}
