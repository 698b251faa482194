// A thousand images in one run of the command: how time grows with their number, and whether memory does.

import { copyFile, link, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, Skipped } from '../context.ts'
import { canReadMemory, residentMemory } from '../measure/process-memory.ts'
import { PROGRAMS, runNode } from '../measure/run.ts'

export interface ManyRow {
  readonly pictures: number
  /** Seconds since the start of the process when image 1, 2, 3, … was written. */
  readonly doneSeconds: readonly number[]
  /** Resident memory while it ran. Item `i` of all lists belongs to one look. */
  readonly memory: {
    readonly seconds: readonly number[]
    /** Images written by then. */
    readonly done: readonly number[]
    readonly rootMib: readonly number[]
    readonly childrenMib: readonly number[]
  }
}

const LOOK_EVERY_MS = 1000

export async function many({ settings, pictures, env, folder, log }: Context): Promise<ManyRow> {
  if (!canReadMemory) throw new Skipped('memory is read from /proc, which this system does not have')
  const source = join(folder, 'many')
  await mkdir(source)
  // The evaluation images over and over, each under a name of its own; the disk holds them once.
  const copies = join(folder, 'many-copies')
  await mkdir(copies)
  for (const { name, path } of pictures) await copyFile(path, join(copies, name))
  const names = Array.from({ length: settings.manyPictures }, (_, i) => {
    const { name } = pictures[i % pictures.length]!
    return { from: name, to: `${String(i).padStart(4, '0')}-${name}` }
  })
  for (const { from, to } of names) await link(join(copies, from), join(source, to))

  const doneSeconds: number[] = []
  const memory = { seconds: [] as number[], done: [] as number[], rootMib: [] as number[], childrenMib: [] as number[] }
  const begin = performance.now()
  const seconds = () => Math.round(performance.now() - begin) / 1000
  let timer: NodeJS.Timeout | undefined
  await runNode([...PROGRAMS.koutu, source, '-o', `${join(folder, 'many-out')}/`, '--json'], {
    env,
    onStart: ({ pid }) => {
      timer = setInterval(() => {
        const { rootMib, childrenMib } = residentMemory(pid!)
        memory.seconds.push(seconds())
        memory.done.push(doneSeconds.length)
        memory.rootMib.push(rootMib)
        memory.childrenMib.push(childrenMib)
      }, LOOK_EVERY_MS)
    },
    onLine: (line) => {
      const { type, status } = JSON.parse(line) as { type: string; status?: string }
      // A failed image ends the command with an exit code, and the row with it.
      if (type !== 'result' || status !== 'done') return
      doneSeconds.push(seconds())
      if (doneSeconds.length % 100 === 0) log(`many: ${doneSeconds.length} images in ${seconds().toFixed(0)} s`)
    },
  }).finally(() => clearInterval(timer))
  return { pictures: doneSeconds.length, doneSeconds, memory }
}
