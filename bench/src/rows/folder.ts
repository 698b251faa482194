// A folder, from the start of the process to the last written file: the command beside the peer's loop.

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { PROGRAMS, runNode } from '../measure/run.ts'
import { compare, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'

export interface FolderRow {
  readonly pictures: number
  /** Results that were there at the end: the peer cannot do all images. */
  readonly oursDone: number
  readonly theirsDone: number
  /** Whole time over the results that were written; pairs are rounds. */
  readonly msPerPicture: Versus
}

export async function folder({ settings, pictures, env, folder, log }: Context): Promise<FolderRow> {
  const chosen = spread(pictures, settings.folderPictures)
  const source = join(folder, 'folder')
  await mkdir(source)
  for (const { name, path } of chosen) await copyFile(path, join(source, name))
  const { koutu, peer } = await alternate(['koutu', 'peer'], settings.folderRounds, async (variant, round) => {
    const out = join(folder, `folder-${variant}-${round}`)
    await mkdir(out)
    const command = variant === 'koutu' ? [...PROGRAMS.koutu, source, '-o', out] : [...PROGRAMS.peerFolder, source, out]
    const { ms } = await runNode(command, { env })
    const done = (await readdir(out)).length
    await rm(out, { recursive: true })
    if (done === 0) throw new Error(`${variant} wrote nothing`)
    log(`folder, round ${round + 1}, ${variant}: ${done} images in ${(ms / 1000).toFixed(1)} s`)
    return { done, msPerPicture: ms / done }
  })
  return {
    pictures: chosen.length,
    oursDone: Math.min(...koutu.map(({ done }) => done)),
    theirsDone: Math.min(...peer.map(({ done }) => done)),
    msPerPicture: compare(
      koutu.map(({ msPerPicture }) => msPerPicture),
      peer.map(({ msPerPicture }) => msPerPicture),
    ),
  }
}
