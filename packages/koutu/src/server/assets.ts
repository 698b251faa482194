// The files for browsers that a server offers: written into the cache folder when they are first asked for, by another process.

import { fork } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { isKoutuError, KoutuError } from '@koutu/core'
import { type AnswerMessage, createCaller } from '@koutu/core/channel'
import { cacheDir } from '@koutu/node'
import type { Assets } from '@koutu/server'
import type { AssetRequest } from '../browser-assets/write-assets.ts'

const MODELS = ['isnet-general-use']

/** Without @koutu/browser a server has no such files. */
const ABSENT: ReadonlySet<string> = new Set(['PACKAGE_MISSING', 'ASSET_MISSING'])

export type AssetCalls = {
  /** Answers the names of the files. */
  write(call: { readonly folder: string; readonly request: AssetRequest }): readonly string[]
}

export function createAssets(
  version: string,
  folder = join(cacheDir(), 'browser-assets', version),
  models: readonly string[] = MODELS,
): Assets {
  let writing: Promise<ReadonlySet<string>> | null = null
  const write = async () => {
    const request = { version, models, precisions: ['int8', 'fp32'] as const }
    return new Set(await writeInProcess(folder, request))
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
        if (isKoutuError(error) && ABSENT.has(error.code)) return null
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

/** Errors: those of `writeAssets`, INTERNAL where the process ends first. */
async function writeInProcess(folder: string, request: AssetRequest): Promise<readonly string[]> {
  const entry = new URL(`./assets-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The program's own flags are not for this process.
    execArgv: [],
  })
  const caller = createCaller<AssetCalls>({ post: (message) => child.send(message, () => {}) })
  const end = (detail: string) =>
    caller.end(new KoutuError('INTERNAL', { detail: `writing the files failed: ${detail}` }))
  child.on('error', ({ message }) => end(message))
  child.on('exit', (code, signal) => end(signal ?? `it ended with code ${code}`))
  child.on('message', (message) => caller.receive(message as AnswerMessage))
  try {
    return await caller.call('write', { folder, request })
  } finally {
    child.kill('SIGKILL')
  }
}
