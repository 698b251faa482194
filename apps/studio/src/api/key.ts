// The server's API key: asked for when the server wants one, kept for this tab, sent in a header and never in a URL.

import { signal } from '@preact/signals'

const NAME = 'koutu-api-key'
let key: string | null = read()

function read(): string | null {
  try {
    return sessionStorage.getItem(NAME)
  } catch {
    return null
  }
}

/** What the dialog shows: null while no key is asked for. */
export const keyRequest = signal<{ readonly isWrong: boolean; answer(key: string | null): void } | null>(null)
let asking: Promise<string | null> | null = null

export const currentKey = (): string | null => key

/** Asks once, however many requests wait. Null where the visitor gives none. */
export function askForKey(rejected: string | null): Promise<string | null> {
  // Meanwhile another request has got one.
  if (key !== rejected) return Promise.resolve(key)
  asking ??= new Promise<string | null>((resolve) => {
    keyRequest.value = { isWrong: rejected !== null, answer: resolve }
  }).then((given) => {
    asking = null
    keyRequest.value = null
    if (given !== null) keep(given)
    return given
  })
  return asking
}

function keep(given: string): void {
  key = given
  try {
    sessionStorage.setItem(NAME, given)
  } catch {
    // It lasts as long as the page.
  }
}
