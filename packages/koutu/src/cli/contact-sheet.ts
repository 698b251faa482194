// The contact sheet of a run: each image beside its result on a checkerboard, as one PNG.

import { extensionOf, invalidOptions, type OutputFormat } from '@koutu/core'
import type { Panels } from '../eval/thumbnails.ts'
import { isUrl } from '../is-url.ts'
import { checkOutput, writeWhole } from '../write-file.ts'
import type { Plan } from './plan/plan.ts'
import { isResultFile, withRecord } from './plan/result-record.ts'
import type { Outcome } from './reporter.ts'

/** Side of one image on the sheet in pixels. */
const SIDE = 240
/** Image and result side by side, so many times in a row. */
const PAIRS_IN_ROW = 3
/** What more images there are is left out: the sheet is one image in memory. */
const MAX_PAIRS = 300

interface Pair {
  readonly input: string
  readonly output: string
}

export interface ContactSheet {
  add(outcome: Outcome): void
  /** Writes the sheet of what was added, and returns a line about it. Errors: OUTPUT_UNWRITABLE. */
  write(): Promise<string>
}

/**
 * Errors: INVALID_OPTIONS where `path` is a file of the run or one that koutu did not write, where its extension is not that of a
 * PNG, and where results are no images.
 */
export async function openContactSheet(
  path: string,
  format: OutputFormat,
  overwrite: boolean,
  plan: Pick<Plan, 'roleOf'>,
): Promise<ContactSheet> {
  const refuse = (message: string) => invalidOptions([{ path: '--sheet', message }])
  if (extensionOf(path) !== 'png') throw refuse(`Expected a file with the extension png but received '${path}'`)
  const role = await plan.roleOf(path)
  if (role !== null) throw refuse(`The sheet would replace the ${role} '${path}'`)
  if (format === 'zip' || format === 'psd') throw refuse(`Expected images for the sheet but the format is '${format}'`)
  const info = await checkOutput(path).catch((error: Error) => {
    throw refuse(`The sheet '${path}' cannot be written: ${error.message}`)
  })
  if (info && !overwrite && !(await isResultFile(path)))
    throw refuse(`Expected a new file but '${path}' exists; use --overwrite to replace it`)
  const pairs: Pair[] = []
  return {
    add({ input, output, status, reason }) {
      const isThere = status === 'done' || reason === 'done'
      if (isThere && output !== null && output !== '-' && input !== '-' && !isUrl(input)) pairs.push({ input, output })
    },
    write: () => writeSheet(path, pairs),
  }
}

async function writeSheet(path: string, pairs: readonly Pair[]): Promise<string> {
  const [{ drawPair, joinPanels }, { createSharpCodec }] = await Promise.all([
    import('../eval/thumbnails.ts'),
    import('@koutu/node/codec'),
  ])
  const codec = createSharpCodec()
  const shown = pairs.toSorted((a, b) => (a.input < b.input ? -1 : 1)).slice(0, MAX_PAIRS)
  const drawn: Panels[] = []
  for (const { input, output } of shown) {
    // A file may have been replaced or removed since.
    const panels = await drawPair(input, output, SIDE, codec).catch(() => null)
    if (panels) drawn.push(panels)
  }
  if (drawn.length === 0) return 'No image for the sheet.'
  const rows = Array.from({ length: Math.ceil(drawn.length / PAIRS_IN_ROW) }, (_, row) => ({
    width: SIDE,
    height: SIDE,
    panels: drawn.slice(row * PAIRS_IN_ROW, (row + 1) * PAIRS_IN_ROW).flatMap(({ panels }) => panels),
  }))
  // The record tells it from photos: another run leaves it out, and replaces it.
  const record = { optionsKey: '0'.repeat(16), sourceKey: '0'.repeat(8), inputBytes: 0 }
  await writeWhole(path, withRecord('png', await joinPanels(rows), record))
  const left = pairs.length - drawn.length
  return `${path}: ${drawn.length} ${drawn.length === 1 ? 'image' : 'images'}${left > 0 ? `, ${left} left out` : ''}`
}
