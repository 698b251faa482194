// A remover as the server's runner: whole pictures in, whole files out.

import { collectGarbageIfLarge } from '@koutu/node/memory'
import type { Runner, RunResult } from '@koutu/server'
import { readMachine, SERVER_BYTES, serverCapacity } from '../capacity.ts'
import { fromCoarseFile, toCoarseFile } from '../coarse-file.ts'
import type { Options } from '../options.ts'
import { createRemover, type Remover } from '../remover.ts'

/** A server is asked again and again: its network stays loaded for this long. */
const IDLE_MS = 10 * 60_000

export function createRemoverRunner(): Pick<Runner, 'warm' | 'run'> {
  let made: Promise<Remover> | null = null
  const remover = () => {
    const { networks: lanes, soloNetwork } = serverCapacity(readMachine())
    // The server itself says how many jobs run.
    const concurrency = Number.POSITIVE_INFINITY
    made ??= createRemover({}, { idleMs: IDLE_MS, concurrency, lanes, soloNetwork, reservedBytes: SERVER_BYTES })
    return made
  }
  return {
    async warm(ctx) {
      await (await remover()).warm(undefined, ctx)
    },
    async run({ input, options, coarse: given }, ctx): Promise<RunResult> {
      const { remove, refine } = await remover()
      const asked = options as Options
      const { image, report, coarse } = given
        ? await refine(input, await fromCoarseFile(given), asked, ctx)
        : await remove(input, asked, ctx)
      const bytes = await image.bytes()
      const found = coarse && !given ? { coarse: await toCoarseFile(coarse) } : {}
      collectGarbageIfLarge()
      return {
        image: bytes,
        contentType: image.mimeType,
        width: image.width,
        height: image.height,
        report: { ...report, timingsMs: { ...report.timingsMs } },
        ...found,
      }
    },
  }
}
