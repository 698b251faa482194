// Where images are processed: by the server the page comes from, or in this browser, with no upload.

import { signal } from '@preact/signals'
import { readPreference, writePreference } from './preference.ts'

export type Where = 'server' | 'device'

/** A page from `koutu studio-export` has no server. */
export const hasServer = document.documentElement.dataset.server !== 'none'

/** For images that come next. */
export const where = signal<Where>(!hasServer || readPreference('where') === 'device' ? 'device' : 'server')

export function processOnDevice(isOn: boolean): void {
  where.value = isOn || !hasServer ? 'device' : 'server'
  writePreference('where', where.value)
}
