// A page with the library and its files, a tiny network among them, and one Chromium, for all tests of a file.

import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { startChromium } from './chromium.ts'
import { writeAssets, writePage, writeTinyModel, writeTinyRefiner } from './kit.ts'
import { ISOLATION, openSite, type Site } from './site.ts'

/** What is there while tests run. */
interface Tiny {
  readonly browser: Browser
  /** For files of the tests. */
  readonly folder: string
  /** Folders of the page and of the library's files. */
  readonly page: string
  readonly assets: string
}

/** Answers a request in place of the site. False: the site answers. */
export type Intercept = (path: string, request: IncomingMessage, response: ServerResponse) => boolean

/** For the tests of the file that calls it: made before them, removed after them. */
export function useTiny(): Tiny {
  const tiny: Partial<{ -readonly [K in keyof Tiny]: Tiny[K] }> = {}
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'koutu-browser-'))
    Object.assign(tiny, { folder, page: join(folder, 'page'), assets: join(folder, 'assets') } satisfies Partial<Tiny>)
    await writePage(join(folder, 'page'))
    const networks = ['--model', await writeTinyModel(folder), '--refiner', await writeTinyRefiner(folder)]
    await writeAssets(join(folder, 'assets'), networks)
    tiny.browser = await startChromium()
  })
  afterAll(async () => {
    await tiny.browser?.close()
    if (tiny.folder) await rm(tiny.folder, { recursive: true, force: true })
  })
  return tiny as Tiny
}

/** Serves the page at `/` and the library's files at `/koutu/`. */
export function openTinySite(
  { page, assets }: Pick<Tiny, 'page' | 'assets'>,
  intercept: Intercept = () => false,
  headers: Record<string, string> = ISOLATION,
): Promise<Site> {
  return openSite({ folders: { '/': page, '/koutu/': assets }, headers, intercept })
}
