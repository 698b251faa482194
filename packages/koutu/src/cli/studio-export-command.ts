// `koutu studio-export`: the studio page as a folder for any static web server. It lies in @koutu/server as it is served there.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KoutuError } from '@koutu/core'
import { assetFiles, writeAssets } from '../browser-assets/write-assets.ts'
import { optionalPackage } from '../optional-package.ts'
import { writeWhole } from '../write-file.ts'
import type { Environment } from './environment.ts'
import { formatBytes } from './text.ts'

const SCRIPTS = 'studio'
const PACKAGE = '@koutu/server'
const COMPRESSED = /\.(br|gz)$/

/** Errors: PACKAGE_MISSING, ASSET_MISSING, OUTPUT_UNWRITABLE, MODEL_*, ABORTED. */
export async function runStudioExport(folder: string, { stderr, signal, version }: Environment): Promise<number> {
  const pages = await pagesFolder()
  const page = await readFile(join(pages, 'index.html'), 'utf8').catch((cause: unknown) => {
    throw new KoutuError('ASSET_MISSING', { detail: `${PACKAGE} was built without the studio`, cause })
  })
  const names = (await readdir(join(pages, SCRIPTS))).filter((name) => !COMPRESSED.test(name))
  for (const name of names) await writeWhole(join(folder, SCRIPTS, name), await readFile(join(pages, SCRIPTS, name)))
  const request = { version, models: ['isnet-general-use'], precisions: ['int8', 'fp32'] as const }
  const manifest = await writeAssets(join(folder, 'assets'), request, { signal })
  // Last, so that a page that is there is whole.
  await writeWhole(join(folder, 'index.html'), Buffer.from(withoutServer(page)))
  const bytes = assetFiles(manifest).reduce((sum, file) => sum + file.bytes, 0)
  stderr.write(
    `${join(folder, 'index.html')}: serve this folder from any web server (${formatBytes(bytes)} of models)\n`,
  )
  return 0
}

async function pagesFolder(): Promise<string> {
  const entry = await optionalPackage(PACKAGE, async () => import.meta.resolve(PACKAGE))
  return fileURLToPath(new URL('../pages/', entry))
}

/** The page looks for this mark. */
function withoutServer(page: string): string {
  return page.replace('<html ', '<html data-server="none" ')
}
