// API keys: shown once, stored as a hash, named by an id that may be shown and logged.

export const SCOPES = ['cutouts:write', 'jobs:read', 'metrics:read'] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Requests a minute; null is the server's own limit. */
  readonly ratePerMinute: number | null
  /** Jobs at once, waiting or running; null is the server's own limit. */
  readonly maxConcurrent: number | null
  readonly createdAt: Date
  readonly revokedAt: Date | null
}

export interface NewKey {
  readonly name: string
  readonly scopes?: readonly Scope[]
  readonly ratePerMinute?: number | null
  readonly maxConcurrent?: number | null
}

interface CreatedKey {
  readonly key: ApiKey
  readonly secret: string
  readonly webhookSecret: string
}

export interface KeyService {
  /** The only time the secret can be seen. */
  create(key: NewKey): Promise<CreatedKey>
  list(): Promise<ApiKey[]>
  /** Whether there was a key of that id which was still valid. */
  revoke(id: string): Promise<boolean>
  /** What an owner verifies the webhooks of its jobs with. */
  webhookSecret(ownerId: string): Promise<string>
  /** The key that this secret belongs to; null for anything else, a revoked key included. */
  authenticate(secret: string): Promise<ApiKey | null>
  /** The key of an id; null for a revoked one. For tokens that were given out on a key. */
  find(id: string): Promise<ApiKey | null>
}
