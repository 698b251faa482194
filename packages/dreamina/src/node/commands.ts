// The work of `koutu dreamina login|status|logout|resume|explain`, without printing: each returns its lines and its JSON. The
// command writes `text` to stdout, or `json` with `--json`, and exits with `exit`.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError, toKoutuError, type Warning } from '@koutu/core'
import { createDreaminaClient, type DreaminaClient, type DreaminaResult } from '../client/client.ts'
import { type DreaminaConfig, type DreaminaCtx, type DreaminaEndpoints, uuid } from '../client/config.ts'
import type { JournalEntry } from '../client/journal.ts'
import { explain, renderExplanation } from '../explain.ts'
import type { RegionId } from '../wire/regions.ts'
import {
  type CredentialStore,
  createCredentialStore,
  credentialsFromText,
  type FoundCredentials,
} from './credentials.ts'
import { codeOf, writeDurably } from './durable-file.ts'
import type { Environment } from './folders.ts'
import { createFileJournal, type FileJournal } from './journal.ts'

export interface CommandResult {
  /** Ends without a line break. Holds no secret. */
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
  readonly exit: 0 | 1 | 3
  readonly warnings: readonly Warning[]
}

export interface DreaminaSetup {
  readonly env?: Environment
  readonly endpoints?: DreaminaEndpoints
  readonly ports?: DreaminaConfig['ports']
  readonly limits?: DreaminaConfig['limits']
  /** Overrides the region of the stored login. */
  readonly region?: RegionId
}

export interface OpenedDreamina {
  readonly client: DreaminaClient
  readonly credentials: FoundCredentials
  readonly journal: FileJournal
}

/** Client, login and journal of this user. Errors: ENGINE_LOGIN_REQUIRED without a login. */
export async function openDreamina(setup: DreaminaSetup = {}): Promise<OpenedDreamina> {
  const env = setup.env ?? process.env
  const found = await createCredentialStore(env).load()
  if (!found) {
    throw new KoutuError('ENGINE_LOGIN_REQUIRED', {
      detail: 'run `koutu dreamina login`, or set DREAMINA_SESSIONID',
    })
  }
  const credentials = { ...found, region: setup.region ?? found.region }
  const journal = createFileJournal(env)
  await journal.prune((setup.ports?.nowMs ?? Date.now)())
  return { client: clientOf(setup, credentials, journal), credentials, journal }
}

function clientOf(
  setup: DreaminaSetup,
  { sessionId, region }: { readonly sessionId: string; readonly region: RegionId },
  journal: FileJournal | null,
): DreaminaClient {
  const { endpoints, ports, limits } = setup
  return createDreaminaClient({
    sessionId,
    region,
    ...(journal ? { journal } : {}),
    ...(endpoints ? { endpoints } : {}),
    ...(ports ? { ports } : {}),
    ...(limits ? { limits } : {}),
  })
}

/** Checks the session with the service, then stores it. `secret` is what the user typed or pasted. */
export async function login(secret: string, setup: DreaminaSetup = {}, ctx: DreaminaCtx = {}): Promise<CommandResult> {
  const credentials = credentialsFromText(secret, setup.region)
  const store = createCredentialStore(setup.env)
  await clientOf(setup, credentials, null).check(ctx)
  await store.save(credentials)
  const { region } = credentials
  return {
    text: `Logged in to Dreamina (${region}). The session is stored in ${store.path}, readable by you only.`,
    json: { loggedIn: true, region, path: store.path },
    exit: 0,
    warnings: [],
  }
}

/** Whether there is a login, whether it works, the balance, and the tasks whose results were not fetched. */
export async function status(setup: DreaminaSetup = {}, ctx: DreaminaCtx = {}): Promise<CommandResult> {
  const env = setup.env ?? process.env
  const store: CredentialStore = createCredentialStore(env)
  const unfinished = (await createFileJournal(env).list()).filter(isUnfinished)
  const found = await store.load()
  if (!found) {
    return {
      text: 'Not logged in to Dreamina. Run `koutu dreamina login`, or set DREAMINA_SESSIONID.',
      json: { loggedIn: false, unfinished: unfinished.map(summary) },
      exit: 3,
      warnings: [],
    }
  }
  const { client, credentials } = await openDreamina(setup)
  const { region, source } = credentials
  const from = source === 'file' ? store.path : 'DREAMINA_SESSIONID'
  await client.check(ctx)
  // The balance is good to know, and no reason to call a working login broken.
  const credit = await client.credit(ctx).catch((error: unknown) => {
    const failure = toKoutuError(error)
    if (failure.code === 'ABORTED') throw failure
    return failure
  })
  const known = credit instanceof Error ? null : credit
  const lines = [
    `Logged in to Dreamina (${region}), from ${from}.`,
    known
      ? `Credits: ${known.total} (${known.vip} subscription, ${known.gift} gift, ${known.purchased} bought).`
      : 'Credits: unknown.',
  ]
  if (unfinished.length > 0) {
    lines.push(`Results not fetched yet: ${unfinished.length}. \`koutu dreamina resume\` fetches them.`)
  }
  return {
    text: lines.join('\n'),
    json: { loggedIn: true, region, source, credit: known, unfinished: unfinished.map(summary) },
    exit: 0,
    warnings: [
      ...found.warnings,
      ...(credit instanceof Error ? [{ code: 'dreamina-credit', message: credit.message }] : []),
    ],
  }
}

/** Forgets the stored session. The session itself lives on until it is ended on the site. */
export async function logout(setup: DreaminaSetup = {}): Promise<CommandResult> {
  const env = setup.env ?? process.env
  const store = createCredentialStore(env)
  const had = await store.clear()
  const inEnvironment = Boolean(env.DREAMINA_SESSIONID?.trim())
  return {
    text: had ? `Logged out: ${store.path} is removed.` : 'No stored login.',
    json: { loggedOut: had },
    exit: 0,
    warnings: inEnvironment
      ? [{ code: 'dreamina-environment', message: 'DREAMINA_SESSIONID is still set and would be used.' }]
      : [],
  }
}

export interface ResumeInput {
  /** Submit id or history id; without one, every task of this region whose result was not fetched. */
  readonly id?: string
  /** Folder the results go to, as `dreamina-<id>.png`. */
  readonly folder: string
}

/** Fetches results of tasks that were started before. One that fails never stops the rest. */
export async function resume(
  { id, folder }: ResumeInput,
  setup: DreaminaSetup = {},
  ctx: DreaminaCtx = {},
): Promise<CommandResult> {
  const { client, credentials, journal } = await openDreamina(setup)
  const waiting = (await journal.list()).filter((entry) => isUnfinished(entry) && entry.region === credentials.region)
  const ids = id === undefined ? waiting.map((entry) => entry.submitId) : [id]
  const lines: string[] = []
  const results: Record<string, unknown>[] = []
  let failures = 0
  for (const task of ids) {
    try {
      const noted = await journal.get(task)
      if (noted?.state === 'sent' && !(await client.query({ submitIds: [task] }, ctx)).has(task)) {
        await journal.remove(task)
        lines.push(`${task}: Dreamina never accepted it, so nothing was paid.`)
        results.push({ task, accepted: false })
        continue
      }
      const result = await client.resume(task, ctx)
      const path = await store(result, folder).catch(async (error: unknown) => {
        // Fetched, but not safe: it stays on the list.
        const entry = await journal.get(result.submitId)
        if (entry) await journal.put({ ...entry, state: 'submitted' })
        throw error
      })
      lines.push(`${task}: ${path}`)
      results.push({ task, path })
    } catch (error) {
      const failure = toKoutuError(error)
      if (failure.code === 'ABORTED') throw failure
      failures++
      lines.push(`${task}: ${failure.message}`)
      results.push({ task, error: failure.toJSON() })
    }
  }
  return {
    text: lines.length > 0 ? lines.join('\n') : 'Nothing to resume: every result was fetched.',
    json: { results },
    exit: failures > 0 ? 1 : 0,
    warnings: credentials.warnings,
  }
}

async function store(result: DreaminaResult, folder: string): Promise<string> {
  const path = join(
    folder,
    `dreamina-${(result.submitId || result.historyId).replace(/[^\w-]/g, '_')}.${result.format}`,
  )
  await writeDurably(path, result.bytes, 'umask')
  return path
}

/** Prints what a cutout of a file would send. Needs no login and sends nothing. */
export async function explainFile(
  path: string,
  setup: DreaminaSetup & { readonly nowMs?: number } = {},
): Promise<CommandResult> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = codeOf(error) === 'ENOENT' ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE'
    throw new KoutuError(code, { detail: `'${path}' (${codeOf(error)})`, cause: error })
  })
  const randomBytes = (count: number) => globalThis.crypto.getRandomValues(new Uint8Array(count))
  const requests = explain({
    bytes,
    region: setup.region ?? 'CN',
    ...(setup.endpoints ? { endpoints: setup.endpoints } : {}),
    nowMs: setup.nowMs ?? Date.now(),
    uuid: () => uuid(randomBytes),
  })
  return { text: renderExplanation(requests).trimEnd(), json: { requests }, exit: 0, warnings: [] }
}

function isUnfinished(entry: JournalEntry): boolean {
  return entry.state !== 'fetched'
}

function summary({ submitId, historyId, region, state, createdAtMs }: JournalEntry): Record<string, unknown> {
  return { submitId, historyId, region, state, createdAt: new Date(createdAtMs).toISOString() }
}
