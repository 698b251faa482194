// `koutu keys create|list|revoke|webhook-secret`: the keys of a server, whether it runs or not.

import { invalidOptions } from '@koutu/core'
import { type ApiKey, LOCAL_OWNER, type NewKey, openKeys, SCOPES, type Scope } from '@koutu/server'
import { databaseOf, type PlaceFlags } from '../server/places.ts'
import type { CutoutEnvironment } from './cutout-command.ts'
import { textTable } from './text.ts'

export interface KeysFlags extends PlaceFlags {
  readonly json?: boolean
  readonly scopes?: string
  readonly rate?: string
  readonly concurrency?: string
}

export type KeysCommand =
  | { readonly name: 'create'; readonly keyName: string }
  | { readonly name: 'list' }
  | { readonly name: 'revoke'; readonly id: string }
  | { readonly name: 'webhook-secret'; readonly id: string | undefined }

/** Returns the exit code. */
export async function runKeys(command: KeysCommand, flags: KeysFlags, env: CutoutEnvironment): Promise<number> {
  const newKey = command.name === 'create' ? decodeKey(command.keyName, flags) : null
  const quiet = { info() {}, warn() {}, error() {} }
  await using keys = await openKeys(databaseOf(flags), quiet)
  const print = (json: unknown, text: string) => env.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : text)
  switch (command.name) {
    case 'create': {
      const created = await keys.create(newKey!)
      print(created, `${created.secret}\n`)
      if (!flags.json)
        env.stderr.write(
          `Key ${created.key.id} (${created.key.name}). This is the only time it is shown.\n` +
            `Its webhooks are signed with ${created.webhookSecret}\n`,
        )
      return 0
    }
    case 'list': {
      const all = await keys.list()
      print(all, textTable(['id', 'name', 'scopes', 'a minute', 'at once', 'created', 'revoked'], all.map(row)))
      return 0
    }
    case 'revoke': {
      const wasThere = await keys.revoke(command.id)
      if (!wasThere) env.stderr.write(`koutu: there is no valid key ${command.id}\n`)
      return wasThere ? 0 : 1
    }
    case 'webhook-secret': {
      const secret = await keys.webhookSecret(command.id ?? LOCAL_OWNER.id)
      print({ webhookSecret: secret }, `${secret}\n`)
      return 0
    }
  }
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

/** Errors: INVALID_OPTIONS, for every flag at once. */
function decodeKey(name: string, { scopes, rate, concurrency }: KeysFlags): NewKey {
  const problems: { path: string; message: string }[] = []
  if (name.length === 0 || name.length > 100)
    problems.push({ path: 'name', message: 'Expected a name of 1 to 100 characters' })
  const count = (path: string, text: string | undefined): number | null => {
    if (text === undefined) return null
    const value = Number(text)
    if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value
    problems.push({ path, message: `Expected a whole number from 1 to 1000000 but received '${text}'` })
    return null
  }
  const wanted = scopes?.split(',') ?? [...SCOPES]
  for (const scope of wanted)
    if (!(SCOPES as readonly string[]).includes(scope))
      problems.push({ path: '--scopes', message: `Expected some of ${SCOPES.join(', ')} but received '${scope}'` })
  const key: NewKey = {
    name,
    scopes: wanted as Scope[],
    ratePerMinute: count('--rate', rate),
    maxConcurrent: count('--concurrency', concurrency),
  }
  if (problems.length > 0) throw invalidOptions(problems)
  return key
}
