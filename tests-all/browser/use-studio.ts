// A server with the studio page and one Chromium, for all tests of a file.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { startChromium } from './chromium.ts'
import { type Studio, startStudio } from './studio.ts'

/** What is there while tests run. */
interface Host {
  readonly browser: Browser
  readonly studio: Studio
  /** For files of the tests. */
  readonly folder: string
}

/** For the tests of the file that calls it: started before them, stopped after them. `flags` are those of `koutu serve`. */
export function useStudio(flags: readonly string[] = []): Host {
  const host: Partial<{ -readonly [K in keyof Host]: Host[K] }> = {}
  beforeAll(async () => {
    host.folder = await mkdtemp(join(tmpdir(), 'koutu-studio-'))
    host.studio = await startStudio(join(host.folder, 'data'), flags)
    host.browser = await startChromium()
  })
  afterAll(async () => {
    await host.browser?.close()
    await host.studio?.stop()
    if (host.folder) await rm(host.folder, { recursive: true, force: true })
  })
  return host as Host
}
