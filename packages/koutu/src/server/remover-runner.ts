// A remover as the server's runner: whole pictures in, whole files out.

import { collectGarbageIfScarce } from '@koutu/node/memory'
import type { Runner, RunResult } from '@koutu/server'
import { readMachine, SERVER_BYTES, serverCapacity } from '../capacity.ts'
import type { Options } from '../options.ts'
import { createRemover, type Remover } from '../remover.ts'

/** A server is asked again and again: its network stays loaded for this long. */
const IDLE_MS = 10 * 60_000

export function createRemoverRunner(): Pick<Runner, 'warm' | 'run'> {
  let made: Promise<Remover> | null = null
  const remover = () => {
    const lanes = serverCapacity(readMachine()).networks
    made ??= createRemover({}, { idleMs: IDLE_MS, lanes, reservedBytes: SERVER_BYTES })
    return made
  }
  return {
    async warm(ctx) {
      await (await remover()).warm(undefined, ctx)
    },
    async run({ input, options }, ctx): Promise<RunResult> {
      const { image, report } = await (await remover()).remove(input, options as Options, ctx)
      const bytes = await image.bytes()
      collectGarbageIfScarce()
      return {
        image: bytes,
        contentType: image.mimeType,
        width: image.width,
        height: image.height,
        report: { ...report, timingsMs: { ...report.timingsMs } },
      }
    },
  }
}
