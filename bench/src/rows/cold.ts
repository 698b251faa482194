// One large JPEG, from the start of the process to the written file: the command beside the peer's one-file program.

import { join } from 'node:path'
import { type Context, Skipped } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { PROGRAMS, runNode } from '../measure/run.ts'
import { compare, type Versus } from '../measure/statistics.ts'

export interface ColdRow {
  readonly picture: string
  readonly megapixels: number
  /** Pairs are rounds. */
  readonly ms: Versus
}

export async function cold({ settings, pictures, env, folder, log }: Context): Promise<ColdRow> {
  const jpegs = pictures.filter(({ name }) => /\.jpe?g$/i.test(name))
  const largest = jpegs.toSorted((a, b) => b.megapixels - a.megapixels)[0]
  if (!largest) throw new Skipped('there is no JPEG among the images')
  const { koutu, peer } = await alternate(['koutu', 'peer'], settings.coldRounds, async (variant, round) => {
    const out = join(folder, `cold-${variant}.png`)
    const command =
      variant === 'koutu'
        ? [...PROGRAMS.koutu, largest.path, '-o', out, '--overwrite']
        : [...PROGRAMS.peerOne, largest.path, out]
    const { ms } = await runNode(command, { env })
    log(`cold, round ${round + 1}, ${variant}: ${ms.toFixed(0)} ms`)
    return ms
  })
  return { picture: largest.name, megapixels: largest.megapixels, ms: compare(koutu, peer) }
}
