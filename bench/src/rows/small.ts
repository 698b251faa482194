// Small machines: a folder and a server within limits of memory, without swap, where control groups can be made; everywhere
// without a limit, for what both take where they may.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { createMemoryGroup, type MemoryGroup, whyNoMemoryGroup } from '../../../tests-all/services/memory-group.ts'
import { askAtOnce, startSmallServer } from '../../../tests-all/services/small-server.ts'
import { type Context, Skipped } from '../context.ts'
import { canReadMemory, watchPeak } from '../measure/process-memory.ts'
import { PROGRAMS } from '../measure/run.ts'
import { drawPicture } from '../pictures.ts'

export interface SmallRow {
  readonly runs: readonly SmallRun[]
  /** Why there are no limits; null where there are. */
  readonly whyNoLimits: string | null
}

interface SmallRun {
  /** Null without a limit. */
  readonly limitMb: number | null
  readonly task: 'a folder of 6' | 'a server, 8 clients and two images of 12 MP'
  readonly outcome: string
  readonly peakMb: number
  /** Processes that the kernel ended for want of memory. */
  readonly kills: number
}

const MB = 2 ** 20
const CLIENTS = 8

export async function small({ settings, env, folder, log }: Context): Promise<SmallRow> {
  const whyNoLimits = whyNoMemoryGroup()
  if (whyNoLimits !== null && !canReadMemory) throw new Skipped(whyNoLimits)
  const source = join(folder, 'small')
  await mkdir(source)
  const [light, heavy] = [await drawPicture(1.7, folder), await drawPicture(12, folder)]
  for (let i = 0; i < 6; i++) await sharp((i < 2 ? heavy : light).path).toFile(join(source, `${i}.jpg`))
  const bodies = await Promise.all(
    [...Array<string>(CLIENTS).fill(light.path), heavy.path, heavy.path].map(
      async (path) => new Uint8Array(await readFile(path)),
    ),
  )
  const runs: SmallRun[] = []
  const limits = whyNoLimits === null ? settings.smallLimitsMb : []
  for (const limitMb of [...limits, null]) {
    for (const [task, work] of [
      ['a folder of 6', (group: MemoryGroup) => workFolder(group, source, env)],
      ['a server, 8 clients and two images of 12 MP', (group: MemoryGroup) => askServer(group, bodies)],
    ] as const) {
      using group = limitMb === null ? openGroup() : createMemoryGroup(limitMb * MB)
      const outcome = await work(group).catch((error: Error) => error.message)
      runs.push({ limitMb, task, outcome, peakMb: Math.round(group.peakBytes / MB), kills: group.kills })
      log(`small, ${limitMb ?? 'no'} limit, ${task}: ${outcome}`)
    }
  }
  return { runs, whyNoLimits }
}

async function workFolder(group: MemoryGroup, source: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = [...PROGRAMS.koutu, source, '-o', `${source}/out/`, '--overwrite', '--quiet']
  const child = group.spawn(process.execPath, args, { env, stdio: 'ignore' })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code === 0 ? 'done' : `ended with ${code ?? signal}`
}

async function askServer(group: MemoryGroup, bodies: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  await using server = await startSmallServer(group, [])
  const statuses = await askAtOnce(server, bodies)
  return `${statuses.filter((status) => status === 200).length} of ${statuses.length} answered`
}

/** No limit; its peak is that of the resident sets of all processes, added up. */
function openGroup(): MemoryGroup {
  let peakBytes = 0
  return {
    spawn(command, args, options): ChildProcess {
      const child = spawn(command, args, options)
      if (child.pid !== undefined) {
        const watch = watchPeak(child.pid)
        child.once('exit', () => {
          peakBytes = watch.stop().hwmMib * MB
        })
      }
      return child
    },
    get peakBytes() {
      return peakBytes
    },
    kills: 0,
    [Symbol.dispose]() {},
  }
}
