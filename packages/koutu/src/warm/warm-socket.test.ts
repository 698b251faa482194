// What a command trusts, and what it does not.

import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectWarm } from './connection.ts'
import { listWarm } from './list-warm.ts'
import type { WarmFacts } from './warm-messages.ts'
import { sendMessage, warmSocketPath } from './warm-socket.ts'

let cache = ''
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'koutu-warm-'))
  // The system's folders may hold sockets of others.
  vi.stubEnv('XDG_RUNTIME_DIR', cache)
  vi.stubEnv('TMPDIR', cache)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(cache, { recursive: true, force: true })
})

const FACTS: WarmFacts = { pid: 1, model: 'tiny', precision: 'fp32', memoryBytes: 1, leftMs: 1000 }

/** Listens where a process that was kept would. */
async function listenInstead(serve: (socket: Socket) => void, mode = 0o600) {
  const path = warmSocketPath(cache)!
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  await chmod(path, mode)
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.runIf(process.platform !== 'win32')('a command', () => {
  it('connects to a process that says what it is, and finds it among others', async () => {
    await using listening = await listenInstead((socket) => sendMessage(socket, FACTS))
    const connection = await connectWarm(listening.path)
    expect(connection).toMatchObject({ facts: FACTS })
    if (typeof connection !== 'string') connection.socket.destroy()
    expect(await listWarm(cache)).toEqual([FACTS])
  })

  it('loses no message that comes before it listens', async () => {
    await using listening = await listenInstead((socket) => {
      for (const message of [FACTS, 'first', 'second', 'third']) sendMessage(socket, message)
    })
    const connection = await connectWarm(listening.path)
    if (typeof connection === 'string') throw new Error(connection)
    const heard: unknown[] = [await connection.next()]
    connection.listen((message) => heard.push(message))
    await vi.waitFor(() => expect(heard).toEqual(['first', 'second', 'third']))
    connection.socket.destroy()
  })

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['hangs up', (socket) => socket.destroy()],
    ['talks nonsense', (socket) => socket.write(Buffer.alloc(100))],
  ])('trusts nobody who %s', async (_, serve) => {
    await using listening = await listenInstead(serve)
    expect(await connectWarm(listening.path)).toBe('silent')
  })

  it('trusts no socket that others may use, and finds none where none is', async () => {
    expect(await connectWarm(warmSocketPath(cache)!)).toBe('nobody')
    await using listening = await listenInstead((socket) => sendMessage(socket, FACTS), 0o666)
    expect(await connectWarm(listening.path)).toBe('nobody')
  })
})

describe.runIf(process.platform !== 'win32')('the path of the socket', () => {
  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['others may enter', (folder) => mkdir(folder).then(() => chmod(folder, 0o777))],
    ['is a link', (folder) => symlink(cache, folder)],
    ['is a file', (folder) => writeFile(folder, '')],
  ])('is in no folder that %s', async (_, make) => {
    vi.stubEnv('XDG_RUNTIME_DIR', '/proc/none')
    vi.stubEnv('TMPDIR', '/proc/none')
    await make(join(cache, 'warm'))
    expect(warmSocketPath(cache)).toBeNull()
  })

  it('is short enough for a socket, in a folder of the system where the cache lies deep', () => {
    expect(dirname(warmSocketPath(cache)!)).toBe(join(cache, 'warm'))
    const deep = join(cache, 'd'.repeat(100))
    expect(dirname(warmSocketPath(deep)!)).toBe(join(cache, 'koutu'))
    for (const runtime of [deep, 'relative', '/proc/none']) {
      vi.stubEnv('XDG_RUNTIME_DIR', runtime)
      expect(dirname(warmSocketPath(deep)!)).toBe(join(cache, `koutu-warm-${process.getuid?.()}`))
    }
    vi.stubEnv('TMPDIR', deep)
    expect(warmSocketPath(deep)).toBeNull()
  })

  it.each([
    ['KOUTU_RUNTIME', 'node', false],
    ['HTTPS_PROXY', 'http://127.0.0.1:1', false],
    ['LC_ALL', 'de_DE.UTF-8', false],
    ['KOUTU_KEEP_WARM', '90', true],
    ['NO_COLOR', '1', true],
  ])('with %s=%s is the same: %s', (name, value, isSame) => {
    const own = basename(warmSocketPath(cache)!)
    vi.stubEnv(name, value)
    expect(basename(warmSocketPath(cache)!) === own).toBe(isSame)
  })

  it('is another one for another cache', () => {
    const deep = join(cache, 'd'.repeat(100))
    expect(basename(warmSocketPath(deep)!)).not.toBe(basename(warmSocketPath(cache)!))
  })
})
