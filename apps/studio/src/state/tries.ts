// How often an image was tried, and whether its last try was canceled: in storage that is written at once, because a reload
// may follow a click by milliseconds.

import { readPreference, writePreference } from './preference.ts'

export interface Try {
  /** Each has an idempotency key of its own. */
  readonly attempt: number
  readonly isCanceled: boolean
}

const NAME = 'tries'
const FIRST: Try = { attempt: 0, isCanceled: false }

function read(): Record<string, Try> {
  try {
    return JSON.parse(readPreference(NAME) ?? '{}') as Record<string, Try>
  } catch {
    return {}
  }
}

export const tryOf = (id: string): Try => read()[id] ?? FIRST

export function noteTry(id: string, tried: Try): void {
  writePreference(NAME, JSON.stringify({ ...read(), [id]: tried }))
}

/** Forgets all images but these. */
export function keepTriesOf(ids: ReadonlySet<string>): void {
  writePreference(NAME, JSON.stringify(Object.fromEntries(Object.entries(read()).filter(([id]) => ids.has(id)))))
}
