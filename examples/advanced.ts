// Cut out many images with one remover: options, a timeout, progress, and the alpha as numbers.
// Run: node advanced.ts FILE..., from any folder. Results go to the folder you are in.
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
// #region remover
import { createRemover, isKoutuError } from 'koutu'

await using remover = await createRemover({ format: 'webp', crop: true, margin: '5%' })
// #endregion

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

// #region remove
async function cutOut(path: string): Promise<void> {
  const { image, alpha, report, warnings } = await remover.remove(
    await readFile(path),
    { background: 'white' },
    {
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(120_000)]),
      onEvent: (event) => event.type === 'progress' && console.error(`${path} ${Math.round(event.fraction * 100)} %`),
    },
  )
  await writeFile(`${basename(path)}.webp`, await image.bytes())
  for (const { code, message } of warnings) console.error(`${path} ${code}: ${message}`)
  console.log(JSON.stringify({ path, size: [image.width, image.height], opaque: opaqueShare(alpha), box: report.box }))
}
// #endregion

// #region alpha
/** The share of pixels that are foreground. `data` is a Float32Array of width x height values from 0 to 1, row by row. */
function opaqueShare({ width, height, data }: { width: number; height: number; data: Float32Array }): number {
  return data.filter((value) => value >= 0.5).length / (width * height)
}
// #endregion

// #region errors
const results = await Promise.allSettled(process.argv.slice(2).map(cutOut))
for (const result of results) {
  if (result.status === 'fulfilled') continue
  process.exitCode = 1
  if (!isKoutuError(result.reason)) throw result.reason
  console.error(`${result.reason.code}: ${result.reason.message}`)
}
// #endregion
