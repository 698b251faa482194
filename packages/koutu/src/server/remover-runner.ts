// A remover as the server's runner: whole images in, whole files out.

import { writeFile } from 'node:fs/promises'
import { type Device, isKoutuError, KoutuError } from '@koutu/core'
import { collectGarbageIfLarge } from '@koutu/node/memory'
import { type Content, MAX_CONTENT_BYTES, type Runner, type RunResult } from '@koutu/server'
import { readMachine, SERVER_BYTES, serverCapacity } from '../capacity.ts'
import { fromCoarseFile, toCoarseFile } from '../coarse-file.ts'
import type { Options } from '../options.ts'
import { createRemover, type Remover } from '../remover.ts'

/** A server is asked again and again: its network stays loaded for this long. */
const IDLE_MS = 10 * 60_000

/** `device`: what the operator of the server has chosen; clients have no say in it. */
export function createRemoverRunner(device: Device): Pick<Runner, 'warm' | 'run'> {
  let made: Promise<Remover> | null = null
  const remover = () => {
    const { networks: lanes, soloNetwork } = serverCapacity(readMachine())
    // The server itself says how many jobs run.
    const concurrency = Number.POSITIVE_INFINITY
    made ??= createRemover(
      { device },
      { idleMs: IDLE_MS, concurrency, lanes, soloNetwork, reservedBytes: SERVER_BYTES },
    )
    return made
  }
  return {
    async warm(ctx) {
      await (await remover()).warm(undefined, ctx)
    },
    async run({ input, options, coarse: given, resultPath }, ctx): Promise<RunResult> {
      const { remove, refine } = await remover()
      const asked = options as Options
      const source = 'path' in input ? input.path : input
      const { image, report, coarse } = await (given
        ? refine(source, await fromCoarseFile(given), asked, ctx)
        : remove(source, asked, ctx)
      ).catch((error: unknown) => Promise.reject(withoutPath(error)))
      // Other processors encode the image meanwhile.
      const [bytes, found] = await Promise.all([
        image.bytes(),
        coarse && !given ? toCoarseFile(coarse).then((file) => ({ coarse: file })) : {},
      ])
      collectGarbageIfLarge()
      return {
        image: await leave(bytes, resultPath),
        contentType: image.mimeType,
        width: image.width,
        height: image.height,
        report: { ...report, timingsMs: { ...report.timingsMs } },
        ...found,
      }
    },
  }
}

/** A file where the server wants one, or bytes: a disk that takes no file is for the server's store to notice. */
async function leave(bytes: Uint8Array, path: string | undefined): Promise<Content> {
  if (path === undefined || bytes.length <= MAX_CONTENT_BYTES) return bytes
  return writeFile(path, bytes, { mode: 0o600 }).then(
    () => ({ path }),
    () => bytes,
  )
}

/** A file of the server is gone only with its job. Clients may read the error, and not where the file was. */
function withoutPath(error: unknown): unknown {
  if (!isKoutuError(error) || !GONE.has(error.code)) return error
  return new KoutuError('INPUT_NOT_FOUND', { detail: 'the image is no longer in the storage', cause: error })
}

const GONE: ReadonlySet<string> = new Set(['INPUT_NOT_FOUND', 'INPUT_UNREADABLE'])
