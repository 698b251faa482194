// The fake runner in a process of its own, as the real one is.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { createProcessRunner, type Runner } from '@koutu/server'

export function startFakeRunner(sleepMs: number): Runner {
  const testing = pathToFileURL(createRequire(import.meta.url).resolve('@koutu/testing'))
  return createProcessRunner({ entry: new URL('./server/fake-runner-process.js', testing), args: [String(sleepMs)] })
}
