// The session id: from the environment, or from a file of mode 0600 in the user's config folder. Only the client's config
// receives it.

import { chmod, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidOptions, KoutuError, type Warning } from '@koutu/core'
import { z } from 'zod'
import { isSessionId } from '../client/config.ts'
import { REGIONS, type RegionId } from '../wire/regions.ts'
import { codeOf, writeDurably } from './durable-file.ts'
import { configFolder, type Environment } from './folders.ts'

export interface DreaminaCredentials {
  readonly sessionId: string
  readonly region: RegionId
}

export interface FoundCredentials extends DreaminaCredentials {
  readonly source: 'environment' | 'file'
  readonly warnings: readonly Warning[]
}

export interface CredentialStore {
  readonly path: string
  /** `DREAMINA_SESSIONID` (and `DREAMINA_REGION`), else the file, else null. Errors: ENGINE_LOGIN_REQUIRED for a damaged file. */
  load(): Promise<FoundCredentials | null>
  save(credentials: DreaminaCredentials): Promise<void>
  /** Whether there was a file to remove. */
  clear(): Promise<boolean>
}

const Stored = z.object({ sessionId: z.string(), region: z.enum(REGIONS) })

export function createCredentialStore(env: Environment = process.env): CredentialStore {
  const path = join(configFolder(env), 'dreamina.json')

  async function fromFile(): Promise<FoundCredentials | null> {
    let text: string
    const warnings: Warning[] = []
    try {
      text = await readFile(path, 'utf8')
      if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
        await chmod(path, 0o600)
        warnings.push({ code: 'dreamina-mode', message: `Others could read '${path}'; its mode is 0600 now.` })
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw new KoutuError('ENGINE_LOGIN_REQUIRED', {
        detail: `'${path}' could not be read (${codeOf(error)})`,
        cause: error,
      })
    }
    const stored = Stored.safeParse(parse(text))
    if (!stored.success || !isSessionId(stored.data.sessionId)) {
      throw new KoutuError('ENGINE_LOGIN_REQUIRED', {
        detail: `'${path}' is damaged; run \`koutu dreamina login\` again`,
      })
    }
    return { ...stored.data, source: 'file', warnings }
  }

  return {
    path,
    async load() {
      const given = env.DREAMINA_SESSIONID
      if (given === undefined || given.trim() === '') return fromFile()
      const region = env.DREAMINA_REGION ? regionFromText(env.DREAMINA_REGION, 'DREAMINA_REGION') : undefined
      return { ...credentialsFromText(given, region), source: 'environment', warnings: [] }
    },
    async save({ sessionId, region }) {
      await writeDurably(path, `${JSON.stringify({ sessionId, region }, null, 2)}\n`, 'private')
    },
    async clear() {
      const had = await stat(path).then(
        () => true,
        () => false,
      )
      await rm(path, { force: true })
      return had
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the text.
    return null
  }
}

/** Any case. Errors: INVALID_OPTIONS. */
export function regionFromText(text: string, path: string): RegionId {
  const region = REGIONS.find((known) => known === text.trim().toUpperCase())
  if (region) return region
  throw invalidOptions([
    { path, message: `Expected one of ${REGIONS.join(', ')} but received ${JSON.stringify(text)}` },
  ])
}

/**
 * What people paste: the value itself, `sessionid=…`, a whole cookie header, or a value with the prefix (`us-`, `hk-` …)
 * that other clients use for the region. Errors: ENGINE_LOGIN_REQUIRED, which never repeats the text.
 */
export function credentialsFromText(text: string, region?: RegionId): DreaminaCredentials {
  const trimmed = text.trim().replace(/^cookie:\s*/i, '')
  const value = /(?:^|;\s*)sessionid=([^;]*)/.exec(trimmed)?.[1] ?? trimmed
  const prefix = /^(us|hk|jp|sg)-/i.exec(value)?.[1]
  const sessionId = prefix ? value.slice(3) : value
  if (!isSessionId(sessionId) || sessionId.includes('=')) {
    throw new KoutuError('ENGINE_LOGIN_REQUIRED', {
      detail:
        'expected the value of the cookie `sessionid`, at least 8 visible characters without quotes, commas or semicolons',
    })
  }
  return { sessionId, region: region ?? (prefix ? regionFromText(prefix, 'region') : 'CN') }
}
