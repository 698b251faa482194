// Keys of a data folder, with and without a process that has it open.

import { mkdtemp, rm, stat, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBlobs, placeEmptyDatabase, SILENT } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectToOwner, lockFolder, socketPath } from '../db/folder-lock.ts'
import { openStore, type Store } from '../open-store.ts'
import { openKeys } from './open-keys.ts'

const SETTINGS = { maxQueued: 5, retentionMs: 1, recordRetentionMs: 1 }

describe('keys of a data folder', () => {
  let folder = ''
  const database = () => ({ type: 'folder', folder }) as const
  const open = (): Promise<Store> =>
    openStore({ ...SETTINGS, database: database() }, { blobs: createMemoryBlobs(), nowMs: Date.now, logger: SILENT })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-keys-'))
    await placeEmptyDatabase(folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are the same through the server that has it open and after it', async () => {
    const store = await open()
    const through = await openKeys(database(), SILENT)
    const { key, secret, webhookSecret } = await through.create({ name: 'shop', ratePerMinute: 3 })
    expect(await store.keys.authenticate(secret)).toEqual(key)
    expect(webhookSecret).toMatch(/^whsec_/)
    expect(await through.webhookSecret(key.id)).toBe(webhookSecret)
    expect(await through.list()).toEqual([key])
    await store[Symbol.asyncDispose]()

    await using directly = await openKeys(database(), SILENT)
    expect(await directly.list()).toEqual([key])
    expect(await directly.webhookSecret(key.id)).toBe(webhookSecret)
    expect(await directly.revoke(key.id)).toBe(true)
    expect((await directly.list())[0]?.revokedAt).toBeInstanceOf(Date)
  })

  it('has one owner at a time, whose socket is for this user only', async () => {
    const store = await open()
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    if (process.platform !== 'win32') expect((await stat(socketPath(folder))).mode & 0o077).toBe(0)
    await store[Symbol.asyncDispose]()
    await (await open())[Symbol.asyncDispose]()
  })

  it('answers nonsense with a code and goes on', async () => {
    const store = await open()
    const socket = (await connectToOwner(folder))!
    socket.write('no json\n')
    const answer = await new Promise<string>((done) => socket.once('data', (data) => done(data.toString())))
    expect(JSON.parse(answer)).toMatchObject({ error: { code: 'INTERNAL' } })
    expect(await (await openKeys(database(), SILENT)).list()).toHaveLength(1)
    await store[Symbol.asyncDispose]()
  })

  it.runIf(process.platform === 'linux')('is locked also when its socket was deleted, and has one again', async () => {
    const store = await open()
    const path = socketPath(folder)
    await unlink(path)
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    // By another path, too: a name is not the folder.
    const link = `${folder}-link`
    await symlink(folder, link)
    await expect(lockFolder(link, (socket) => socket.destroy())).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    await unlink(link)
    const socket = await vi.waitUntil(() => connectToOwner(folder), { timeout: 10_000 })
    socket.destroy()
    await store[Symbol.asyncDispose]()
    await (await open())[Symbol.asyncDispose]()
  })

  it('can be locked where the path is too long for a socket', async () => {
    const long = join(folder, 'x'.repeat(120))
    const lock = await lockFolder(long, (socket) => socket.destroy())
    await expect(lockFolder(long, (socket) => socket.destroy())).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    await lock[Symbol.asyncDispose]()
    await (await lockFolder(long, (socket) => socket.destroy()))[Symbol.asyncDispose]()
  })
})
