// The files for browsers that a server offers: written into the cache folder when they are first asked for.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { isKoutuError } from '@koutu/core'
import { cacheDir } from '@koutu/node'
import type { Assets } from '@koutu/server'
import { assetFiles, writeAssets } from '../browser-assets/write-assets.ts'

const MODELS = ['isnet-general-use']

export function createAssets(version: string, folder = join(cacheDir(), 'browser-assets', version)): Assets {
  let writing: Promise<ReadonlySet<string>> | null = null
  const write = async () => {
    const request = { version, models: MODELS, precisions: ['int8', 'fp32'] as const }
    const manifest = await writeAssets(folder, request, {})
    return new Set(['manifest.json', ...assetFiles(manifest).map(({ name }) => name)])
  }
  /** Again after a failure: a model may be installed later. */
  const names = () => {
    writing ??= write().catch((error: unknown) => {
      writing = null
      throw error
    })
    return writing
  }
  return {
    async find(name) {
      try {
        if (!(await names()).has(name)) return null
      } catch (error) {
        // Without @koutu/browser a server has no such files.
        if (isKoutuError(error) && error.code === 'ASSET_MISSING') return null
        throw error
      }
      const path = join(folder, name)
      const { size } = await stat(path)
      return {
        bytes: size,
        open: (range) =>
          Readable.toWeb(
            createReadStream(path, range && { start: range.start, end: range.end - 1 }),
          ) as ReadableStream<Uint8Array>,
      }
    },
  }
}
