// `Prefer` (RFC 7240): whether a client waits for its result, and how long.

export interface Preference {
  readonly isAsync: boolean
  /** Null where the client names no time. */
  readonly waitMs: number | null
}

export function readPrefer(header: string | undefined): Preference {
  const preferences = (header ?? '').split(',').map((preference) => preference.split(';')[0]!.trim().toLowerCase())
  const wait = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined)
  return {
    // RFC 7240 lets both stand together: answer at once when it is done in that time.
    isAsync: preferences.includes('respond-async') && wait === undefined,
    waitMs: wait === undefined ? null : Number(wait) * 1000,
  }
}
