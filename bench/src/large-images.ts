// Many large photos at once in the library, with its defaults: the highest memory of all processes together, by format.
//
//   node bench/src/large-images.ts [--images 12] [--megapixels 27] [--formats png,webp]
//
// Linux.

import { mkdtempSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { watchPeak } from './measure/process-memory.ts'
import { runNode } from './measure/run.ts'
import { drawPicture } from './pictures.ts'

const PROGRAM = join(import.meta.dirname, 'programs/koutu-together.ts')
const MB_PER_MIB = 2 ** 20 / 1e6

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '12' },
    megapixels: { type: 'string', default: '27' },
    formats: { type: 'string', default: 'png,webp' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'koutu-large-'))
process.once('exit', () => rmSync(folder, { recursive: true }))

const { path } = await drawPicture(Number(values.megapixels), folder)
const paths = Array.from({ length: Number(values.images) }, (_, i) => join(folder, `${i}.jpg`))
for (const copy of paths) await copyFile(path, copy)
for (const format of values.formats.split(',')) {
  let watch: ReturnType<typeof watchPeak> | undefined
  const { ms } = await runNode([PROGRAM, folder, format, ...paths], {
    env: process.env,
    onStart: ({ pid }) => {
      watch = watchPeak(pid!)
    },
  })
  const { pssMib } = watch!.stop()
  console.log(
    JSON.stringify({
      format,
      images: paths.length,
      seconds: Math.round(ms / 1000),
      peakMb: Math.round(pssMib * MB_PER_MIB),
    }),
  )
}
