// Manages keys of a running server from another process of the same user: one JSON line per request and response. The embedded
// database can be open only once; the socket of db/folder-lock.ts leads to the process that has it open.

import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type ErrorCode, fromJSON, KoutuError, toKoutuError } from '@koutu/core'
import type { ApiKey, KeyService, NewKey } from './key-service.ts'

type Call =
  | { readonly method: 'create'; readonly key: NewKey }
  | { readonly method: 'list' }
  | { readonly method: 'revoke'; readonly id: string }
  | { readonly method: 'webhookSecret'; readonly ownerId: string }

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

export async function serveKeys(socket: Socket, keys: Promise<KeyService>): Promise<void> {
  socket.on('error', () => {})
  for await (const line of createInterface(socket)) {
    const answer: Answer = await keys
      .then((service) => call(service, JSON.parse(line) as Call))
      .then(
        (result) => ({ result }),
        (error: unknown) => ({ error: toKoutuError(error).toJSON() }),
      )
    socket.end(`${JSON.stringify(answer)}\n`)
    return
  }
}

function call(keys: KeyService, message: Call): Promise<unknown> {
  switch (message.method) {
    case 'create':
      return keys.create(message.key)
    case 'list':
      return keys.list()
    case 'revoke':
      return keys.revoke(message.id)
    case 'webhookSecret':
      return keys.webhookSecret(message.ownerId)
  }
}

/** The keys behind `connect`, which gives a new connection each time. */
export function keysOver(connect: () => Promise<Socket>): Omit<KeyService, 'authenticate' | 'find'> {
  const ask = async (message: Call): Promise<unknown> => {
    const socket = await connect()
    socket.write(`${JSON.stringify(message)}\n`)
    for await (const line of createInterface(socket)) {
      const { result, error } = JSON.parse(line) as Answer
      if (error) throw fromJSON(error)
      return result
    }
    throw new KoutuError('DATABASE_UNAVAILABLE', { detail: 'the server that has the data folder open did not answer' })
  }
  return {
    async create(key) {
      const created = (await ask({ method: 'create', key })) as Awaited<ReturnType<KeyService['create']>>
      return { ...created, key: withDates(created.key) }
    },
    async list() {
      return ((await ask({ method: 'list' })) as ApiKey[]).map(withDates)
    },
    async revoke(id) {
      return (await ask({ method: 'revoke', id })) as boolean
    },
    async webhookSecret(ownerId) {
      return (await ask({ method: 'webhookSecret', ownerId })) as string
    },
  }
}

function withDates(key: ApiKey): ApiKey {
  return { ...key, createdAt: new Date(key.createdAt), revokedAt: key.revokedAt && new Date(key.revokedAt) }
}
