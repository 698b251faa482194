// The socket on which a process waits for the next command: where it lies, and what goes through it. Its folder and itself can be
// entered by this user alone. Each message is its length in 4 bytes and the message, by structured clone.

import type { Socket } from 'node:net'
import { availableParallelism, getPriority, tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { privateFolder } from '@koutu/node/cache-dir'
import { WARM_ENTRY } from '../warm-entry.ts'

// An import of `node:fs` loads the streams and promises of files, too.
const { lstatSync, readdirSync, readlinkSync, statSync } = process.getBuiltinModule('node:fs')

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
 * The socket of a process that can run commands in place of this one. Null where there can be none: on Windows, whose pipes have no owner
 * that could be checked, and where no folder is this user's alone.
 */
export function warmSocketPath(cacheDir: string): string | null {
  if (process.platform === 'win32') return null
  const name = `${circumstances(cacheDir)}${EXTENSION}`
  const paths = warmFolders(cacheDir).map((folder) => join(folder, name))
  const fits = (path: string) => Buffer.byteLength(path) <= MAX_PATH_BYTES && privateFolder(dirname(path)) !== null
  return paths.find(fits) ?? null
}

/** Variables that libraries and threads read once, at their start. All others are passed with each command. */
const LASTING = /^(KOUTU|XDG|NODE|LD|DYLD|LC|ORT|OMP|VIPS|MALLOC|SSL|G)_|^(HOME|TMPDIR|TZ|LANG)$|_PROXY$/i
const OF_A_COMMAND: ReadonlySet<string> = new Set(['KOUTU_KEEP_WARM'])

/** All that one process may have in common with another only by chance: code, runtime, environment, processors, container. */
function circumstances(cacheDir: string): string {
  const code = statSync(WARM_ENTRY)
  const variables = Object.entries(process.env).filter(([name]) => LASTING.test(name) && !OF_A_COMMAND.has(name))
  const facts = [
    WARM_ENTRY,
    code.ino,
    code.size,
    // Packages are unpacked with the same time of change for every version; this one is the system's.
    code.ctimeMs,
    process.execPath,
    process.version,
    process.execArgv,
    variables.sort(([a], [b]) => (a < b ? -1 : 1)),
    cacheDir,
    availableParallelism(),
    getPriority(),
    ...['pid', 'mnt', 'net'].map(namespace),
  ]
  return hashOf(JSON.stringify(facts))
}

/** FNV-1a of 64 bits, in hexadecimal: only chance is to be kept away, and Node's `crypto` takes longer to load than all else here. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
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
