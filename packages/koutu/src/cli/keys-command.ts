// `koutu keys create|list|revoke|webhook-secret`: the API keys of a server, running or not.

import { invalidOptions } from '@koutu/core'
import { type ApiKey, LOCAL_OWNER, openKeys, type Scope } from '@koutu/server'
import { databaseOf, type LocationFlags } from '../server/storage-locations.ts'
import type { Environment } from './environment.ts'
import { textTable } from './text.ts'

export interface KeysFlags extends LocationFlags {
  readonly json: boolean
}

export interface NewKeyFlags extends KeysFlags {
  readonly scopes: readonly Scope[]
  readonly rate?: number | undefined
  readonly concurrency?: number | undefined
}

const MAX_NAME_LENGTH = 100

export async function createKey(name: string, flags: NewKeyFlags, env: Environment): Promise<number> {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    throw invalidOptions([{ path: 'name', message: `Expected a name of 1 to ${MAX_NAME_LENGTH} characters` }])
  await using keys = await open(flags)
  const { key, secret, webhookSecret } = await keys.create({
    name,
    scopes: flags.scopes,
    ratePerMinute: flags.rate ?? null,
    maxConcurrent: flags.concurrency ?? null,
  })
  print({ key, secret, webhookSecret }, `${secret}\n`, flags, env)
  if (!flags.json)
    env.stderr.write(
      `Created API key ${key.id} (${key.name}). It is not shown again.\nIts webhooks are signed with ${webhookSecret}\n`,
    )
  return 0
}

export async function listKeys(flags: KeysFlags, env: Environment): Promise<number> {
  await using keys = await open(flags)
  const all = await keys.list()
  const head = ['id', 'name', 'scopes', 'per minute', 'concurrent', 'created', 'revoked']
  print(all, textTable(head, all.map(row)), flags, env)
  return 0
}

export async function revokeKey(id: string, flags: KeysFlags, env: Environment): Promise<number> {
  await using keys = await open(flags)
  const wasValid = await keys.revoke(id)
  if (!wasValid) env.stderr.write(`koutu: no active API key has the id ${id}\n`)
  return wasValid ? 0 : 1
}

export async function printWebhookSecret(id: string | undefined, flags: KeysFlags, env: Environment): Promise<number> {
  await using keys = await open(flags)
  const webhookSecret = await keys.webhookSecret(id ?? LOCAL_OWNER.id)
  print({ webhookSecret }, `${webhookSecret}\n`, flags, env)
  return 0
}

const silent = { info() {}, warn() {}, error() {} }

function open(flags: KeysFlags): ReturnType<typeof openKeys> {
  return openKeys(databaseOf(flags), silent)
}

function print(json: unknown, text: string, flags: KeysFlags, { stdout }: Environment): void {
  stdout.write(flags.json ? `${JSON.stringify(json)}\n` : text)
}

function row(key: ApiKey): string[] {
  const day = (date: Date | null) => date?.toISOString().slice(0, 10) ?? ''
  const limit = (value: number | null) => (value === null ? 'default' : String(value))
  return [
    key.id,
    key.name,
    key.scopes.join(','),
    limit(key.ratePerMinute),
    limit(key.maxConcurrent),
    day(key.createdAt),
    day(key.revokedAt),
  ]
}
